import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Puts a file in the place of another, or makes it: whole or not at all, whatever happens meanwhile. Written, synced,
 * renamed, its folder synced. A link goes on leading to it. One that is there keeps its mode.
 */
export function replaceFile(path: string, text: string, mode = 0o644): void {
  const target = realPath(path);
  const before = statSync(target, { throwIfNoEntry: false });
  const staged = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.new`);
  try {
    withFile(
      staged,
      "wx",
      (file) => writeAll(file, Buffer.from(text, "utf8")),
      before === undefined ? mode : before.mode & 0o777,
    );
    renameSync(staged, target);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
  withFile(dirname(target), "r", () => {});
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Not there yet, or a link to nowhere, whose place the file then takes.
  }
}

/** Opens, works and syncs. */
function withFile(path: string, flags: string, work: (file: number) => void, mode?: number): void {
  const file = openSync(path, flags, mode);
  try {
    work(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
