import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A release of an app: one process on a port of its own. */
export interface Upstream extends AsyncDisposable {
  readonly release: string;
  readonly port: number;
  /** SIGTERM; it does not finish what it has begun. */
  stop(): Promise<void>;
}

/** Starts a release and waits until it listens. */
export async function startUpstream(release: string, address = "127.0.0.1"): Promise<Upstream> {
  const main = fileURLToPath(new URL("upstream.main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, release, address], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [line]: unknown[] = await once(lines, "line", { signal: AbortSignal.timeout(20_000) });
  const stop = (): Promise<void> => end(child);
  return { release, port: Number(line), stop, [Symbol.asyncDispose]: stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
