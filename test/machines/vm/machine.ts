import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/lib/clock.ts";
import { DroverError } from "../../../src/lib/error.ts";
import { quote } from "../../../src/lib/quote.ts";
import { lastLines, run } from "../command.ts";
import type { Host, Outcome } from "../host.ts";
import { sshAnswers } from "../ready.ts";
import type { Power } from "./power.ts";
import { files } from "./qemu.ts";

/** Far more than it needs: an emulated machine boots in a minute, and in several while this one is busy. */
const limit = { script: 900_000, boot: 900_000 };

/** A machine with a kernel and disks of its own. */
export interface VirtualMachine extends Host {
  /** The port here that leads to one there. */
  portOf(there: number): number;
  /** Power goes and comes back: what the guest had not flushed is lost. Resolves when it has booted again. */
  cutPower(): Promise<void>;
  /** Power goes, and does not come back until `boot`. */
  off(): Promise<void>;
  /** The reset button. Resolves when it has booted again. */
  reset(): Promise<void>;
  /** Switches it on. Resolves when it has booted. */
  boot(): Promise<void>;
  /** Resolves when it is on its way down, or off. */
  isGoingDown(): Promise<void>;
  /** Resolves when another boot than this one has ended. */
  bootedAfter(id: string): Promise<void>;
  /** The kernel's id of this boot. */
  bootId(): Promise<string>;
  /** The last lines on its serial console. */
  console(): Promise<string[]>;
}

export interface VmParts {
  readonly facts: Pick<Host, "name" | "id" | "address" | "port" | "keyFile" | "hostKey">;
  readonly power: Power;
  /** An ssh_config that knows it. */
  readonly config: string;
  readonly ports: Readonly<Record<number, number>>;
  readonly remove: () => Promise<void>;
}

export function virtualMachine({ facts, power, config, ports, remove }: VmParts): VirtualMachine {
  const control = ["-F", config, "-o", `ControlPath=${join(facts.id, "ssh")}`];
  const options = ["ControlMaster=auto", "ControlPersist=yes", "ServerAliveInterval=15", "ConnectTimeout=30"];
  const shared = [...control, ...options.flatMap((option) => ["-o", option])];
  const ssh = (script: string, signal: AbortSignal): Promise<Outcome> =>
    run(["ssh", ...shared, `root@${facts.name}`, `/bin/sh -c ${quote(script)}`], { signal });
  /** One that is kept would wait for a machine that is no more. */
  const hangUp = async (): Promise<void> => {
    await run(["ssh", ...control, "-O", "exit", facts.name], { signal: AbortSignal.timeout(30_000) });
  };
  const bootId = async (signal: AbortSignal): Promise<string> =>
    (await ssh("cat /proc/sys/kernel/random/boot_id", signal)).stdout.trim();
  const console = async (): Promise<string[]> =>
    lastLines(await readFile(join(facts.id, files.console), "utf8").catch(() => ""), 30);

  async function booted(before: string, isReady = bootEnds): Promise<void> {
    const signal = AbortSignal.timeout(limit.boot);
    try {
      for (;;) {
        if (!power.isOn) throw new DroverError("UNREACHABLE", "QEMU is not running; its words are in qemu.log");
        await sshAnswers(facts.address, signal, facts.port);
        const id = await bootId(signal);
        if (id !== "" && id !== before && (await isReady(ssh, signal))) return;
        await hangUp();
        await systemClock.sleep(500, signal);
      }
    } catch (cause) {
      const where = { machine: facts.name };
      const evidence = await console();
      throw new DroverError("UNREACHABLE", "a virtual machine did not come up", { where, evidence, cause });
    }
  }
  const boot = async (): Promise<void> => {
    power.on();
    await booted("");
  };
  const off = async (): Promise<void> => {
    await power.cut();
    await hangUp();
  };
  return {
    ...facts,
    sh: (script) => ssh(script, AbortSignal.timeout(limit.script)),
    portOf: (there) => ports[there] ?? 0,
    bootId: () => bootId(AbortSignal.timeout(limit.script)),
    bootedAfter: (id) => booted(id),
    boot,
    off,
    console,
    async isGoingDown() {
      const signal = AbortSignal.timeout(limit.boot);
      for (;;) {
        const { code, stdout } = await ssh("systemctl is-system-running", signal);
        if (code === 255 || stdout.trim() === "stopping") return;
        await systemClock.sleep(200, signal);
      }
    },
    async cutPower() {
      await off();
      await boot();
    },
    async reset() {
      const signal = AbortSignal.timeout(limit.boot);
      const before = await bootId(signal);
      await power.reset(signal);
      await hangUp();
      await booted(before);
    },
    async reboot() {
      if (!power.isOn) return boot();
      const before = await bootId(AbortSignal.timeout(limit.script));
      await ssh("systemctl reboot", AbortSignal.timeout(limit.script));
      await hangUp();
      await booted(before);
    },
    async stop() {
      await ssh("systemctl poweroff", AbortSignal.timeout(limit.script));
      await hangUp();
      await power.off(AbortSignal.timeout(limit.boot));
    },
    async [Symbol.asyncDispose]() {
      await off();
      await remove();
    },
  };
}

type Ssh = (script: string, signal: AbortSignal) => Promise<Outcome>;

/** Whether systemd has ended its boot, well or not. */
async function bootEnds(ssh: Ssh, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await ssh("systemctl is-system-running --wait", signal);
  return ["running", "degraded"].includes(stdout.trim());
}
