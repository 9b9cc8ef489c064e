import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";

/** tmpfs and ramfs, as statfs(2) tells them. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

export interface HotFolder extends Disposable {
  readonly path: string;
}

/**
 * A folder of the user's alone in memory, for a text that must not lie on a disk. It goes when it is disposed of, when
 * this process ends, and also when it is killed: a small process of its own waits for that.
 */
export function hotFolder(candidates: readonly string[], allowDisk: boolean): HotFolder {
  const base = candidates.find(isInMemory) ?? (allowDisk ? tmpdir() : undefined);
  if (base === undefined) {
    throw new DroverError(
      "PREFLIGHT",
      "there is no folder in memory here to edit secrets in: they would lie on a disk",
      {
        evidence: candidates.map((folder) => `${folder} is not there, not writable, or not a tmpfs`),
        hint: "set them one by one with drover secret set NAME, or say --allow-disk",
      },
    );
  }
  const path = mkdtempSync(join(base, "drover-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const guard = spawn("/bin/sh", ["-c", 'cat >/dev/null; rm -rf -- "$1"', "drover", path], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: { PATH: "/usr/bin:/bin" },
  });
  guard.on("error", () => {}); // Without a shell only the ways below are left.
  guard.unref();
  process.on("exit", remove);
  return {
    path,
    [Symbol.dispose]() {
      process.off("exit", remove);
      remove();
      guard.stdin.end();
    },
  };
}

/** Where such folders are: the user's own first. */
export function hotCandidates(env: Readonly<Record<string, string | undefined>>): string[] {
  return [env["XDG_RUNTIME_DIR"] ?? "", "/dev/shm"].filter((folder) => folder !== "");
}

function isInMemory(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return IN_MEMORY.includes(statfsSync(folder).type);
  } catch {
    return false; // Not there, or not for us.
  }
}
