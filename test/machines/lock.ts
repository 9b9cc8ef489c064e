import { spawn } from "node:child_process";
import { once } from "node:events";
import { DroverError } from "../../src/lib/error.ts";

/**
 * Runs `work` while no other process holds the lock file. The lock is the kernel's, held by a child that reads our end of a
 * pipe: when this process dies, however it dies, the pipe closes, the child ends and the lock is free.
 */
export async function withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const child = spawn("flock", [path, "sh", "-c", "echo held; exec cat"], {
    signal,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const held = Promise.race([
    once(child.stdout, "data"),
    ended.then(() => Promise.reject(new DroverError("LOCKED", `could not lock ${path}`))),
  ]);
  child.on("error", () => {}); // of spawn or abort: "close" follows, which is what is waited for
  try {
    await held;
    signal.throwIfAborted();
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}
