import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connect, type EngineApi, openEngine } from "../../src/build/engine-api.ts";

export interface SecondEngine extends AsyncDisposable {
  readonly api: EngineApi;
  readonly connect: Connect;
}

/** Another real engine beside the machine's own, with nothing in it. It has no network: it is for images only. */
export async function secondEngine(): Promise<SecondEngine> {
  const folder = await mkdtemp(join(tmpdir(), "drover-engine-"));
  const socket = join(folder, "docker.sock");
  const log = openSync(join(folder, "log"), "w");
  const places = [
    "--data-root",
    join(folder, "data"),
    "--exec-root",
    join(folder, "exec"),
    "--pidfile",
    join(folder, "pid"),
  ];
  const args = [...places, "--host", `unix://${socket}`, "--bridge=none", "--iptables=false", "--ip6tables=false"];
  // In a network of its own: in the machine's, an engine without a bridge removes that of the other one.
  const child = spawn("unshare", ["--net", "dockerd", ...args], { stdio: ["ignore", log, log] });
  const connect: Connect = async (signal) => {
    const stream = connectSocket(socket).on("error", () => undefined);
    await once(stream, "connect", { signal });
    return stream;
  };
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const api = await ready(connect, () => child.exitCode === null);
    return {
      api,
      connect,
      async [Symbol.asyncDispose]() {
        await api[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (error) {
    const said = await readFile(join(folder, "log"), "utf8");
    await stop();
    throw new Error(`the second engine did not come up: ${said.slice(-2000)}`, { cause: error });
  }
}

async function ready(connect: Connect, lives: () => boolean): Promise<EngineApi> {
  const deadline = AbortSignal.timeout(60_000);
  for (;;) {
    try {
      return await openEngine(connect, deadline);
    } catch (error) {
      if (!lives() || deadline.aborted) throw error;
      await sleep(100);
    }
  }
}
