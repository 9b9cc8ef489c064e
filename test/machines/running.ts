import { DroverError } from "../../src/lib/error.ts";
import { lastLines } from "./command.ts";
import { call } from "./engine-api.ts";
import { execIn } from "./exec.ts";
import type { Host, HostOptions } from "./host.ts";
import { type BootState, bootEnds, scriptsEnd, sshAnswers } from "./ready.ts";
import { removeContainer } from "./sweep.ts";

/** How long a host may take for what it is asked; far more than it needs, so that a busy machine fails no test. */
const limit = { script: 600_000, boot: 120_000, stop: 60_000 };

type Facts = Pick<Host, "name" | "id" | "address" | "keyFile" | "hostKey">;

/** The host that a started container is. */
export function hostOf(facts: Facts, init: HostOptions["init"]): Host {
  const power = async (verb: "restart" | "stop", ms: number): Promise<void> => {
    await call(
      { method: "POST", path: `/containers/${facts.id}/${verb}?t=20`, signal: AbortSignal.timeout(ms) },
      [304],
    );
  };
  return {
    ...facts,
    port: 22,
    sh: (script) => execIn(facts.id, script, AbortSignal.timeout(limit.script)),
    stop: () => power("stop", limit.stop),
    reboot: async () => {
      await power("restart", limit.stop);
      await bootOf(facts, init, AbortSignal.timeout(limit.boot));
    },
    [Symbol.asyncDispose]: () => removeContainer(facts.id, AbortSignal.timeout(limit.stop)),
  };
}

/** Waits for a host's first boot, which has to end well: with all units running. */
export async function firstBoot(host: Host, init: HostOptions["init"], signal: AbortSignal): Promise<void> {
  const state = await bootOf(host, init, AbortSignal.any([signal, AbortSignal.timeout(limit.boot)]));
  if (state === "running") return;
  const failed = await host.sh("systemctl --failed --no-legend --plain; journalctl -b -p err --no-pager -n 10");
  throw new DroverError("STEP_FAILED", `a test host booted and is ${state}`, {
    where: { machine: host.name },
    evidence: lastLines(failed.stdout),
  });
}

async function bootOf(facts: Facts, init: HostOptions["init"], signal: AbortSignal): Promise<BootState> {
  try {
    await sshAnswers(facts.address, signal); // first: it is cheap to ask, and near the end of a boot
    if (init === "none") return "running";
    return init === "sysv" ? await scriptsEnd(facts.id, signal) : await bootEnds(facts.id, signal);
  } catch (cause) {
    throw new DroverError("UNREACHABLE", "a test host did not come up", { where: { machine: facts.name }, cause });
  }
}
