import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf } from "../lib/digest.ts";
import type { SshOptions } from "./ssh.ts";

const run = promisify(execFile);

/** How the streams to one host share a connection, and who ends it. */
export interface Shared {
  /** Arguments for every ssh of this connection. */
  readonly args: readonly string[];
  /** Whether an earlier command left a connection. */
  readonly isKept: boolean;
  /** Whether it outlives the command: a process of its own holds it then. */
  readonly stays: boolean;
  /** Ends a connection that does not answer any more, so that the next is a new one. */
  drop(): Promise<void>;
  /** Done with it: one that is not kept ends. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * One connection for all streams of a command, by OpenSSH's own multiplexing; with `persist` it stays open for the next
 * command, as `ControlPersist` in ssh_config(5) says.
 */
export async function share(options: SshOptions): Promise<Shared> {
  const kept = options.persist > 0 ? await keptFolder() : undefined;
  if (kept === undefined) return alone();
  const socket = join(kept, digestOf({ ...options, sudo: undefined, user: process.getuid?.() }).slice(0, 16));
  const args = multiplexed(socket, String(Math.ceil(options.persist)));
  return {
    args,
    isKept: existsSync(socket),
    stays: true,
    async drop() {
      // It may be gone by itself.
      await run("ssh", [...args, "-O", "exit", "--", options.destination], { timeout: 5000 }).catch(() => {});
      await rm(socket, { force: true });
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Ends with the command. Its folder has the process's number in its name: of one that was killed, the next sweeps it. */
async function alone(): Promise<Shared> {
  await sweepDead(tmpdir());
  const folder = await mkdtemp(join(tmpdir(), `${ALONE}${process.pid}-`));
  const end = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return {
    args: multiplexed(join(folder, "mux"), "no"),
    isKept: false,
    stays: false,
    drop: end,
    [Symbol.asyncDispose]: end,
  };
}

const ALONE = "drover-mux-";

/** Takes away what killed commands of this user left. */
async function sweepDead(where: string): Promise<void> {
  const names = await readdir(where).catch(() => []);
  const ours = names.filter(
    (name) => name.startsWith(ALONE) && !isRunning(Number.parseInt(name.slice(ALONE.length), 10)),
  );
  for (const folder of ours.map((name) => join(where, name))) {
    const seen = await lstat(folder).catch(() => undefined);
    if (seen?.isDirectory() !== true || seen.uid !== process.getuid?.()) continue;
    // Its ssh, which ends a moment after it; or a process of a container that has this folder, too.
    if (await answers(join(folder, "mux"))) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function multiplexed(socket: string, persist: string): string[] {
  return ["ControlMaster=auto", `ControlPath=${socket}`, `ControlPersist=${persist}`].flatMap((set) => ["-o", set]);
}

/** Where sockets rest: a folder that is this user's alone. Without one nothing is kept. */
async function keptFolder(): Promise<string | undefined> {
  const user = process.getuid?.() ?? 0;
  const runtime = process.env["XDG_RUNTIME_DIR"];
  const folder =
    runtime === undefined || runtime === "" ? join(tmpdir(), `drover-ssh-${user}`) : join(runtime, "drover-ssh");
  try {
    await mkdir(folder, { mode: 0o700, recursive: false }).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    });
    const { mode, uid } = await lstat(folder);
    // A socket's path has at most 104 bytes on macOS, and ssh adds 17 while it makes one.
    const fits = Buffer.byteLength(folder) + 1 + 16 + 17 < 104;
    return fits && uid === user && (mode & 0o170000) === 0o040000 && (mode & 0o077) === 0 ? folder : undefined;
  } catch {
    return undefined; // A read-only or missing folder: connections are then made anew.
  }
}
