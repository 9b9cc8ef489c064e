import { execFile } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { promisify } from "node:util";
import type { RunHeader } from "../model/journal.ts";
import { ownerOf, type Stack } from "../model/stack.ts";

const run = promisify(execFile);

/** Who runs, and from what: the head of every journal. */
export async function runHeader(stack: Stack, command: string): Promise<Omit<RunHeader, "machine">> {
  const commit = await commitOf(stack.folder);
  return {
    owner: ownerOf(stack),
    stack: stack.name,
    by: userAtHost(),
    ...(commit === undefined ? {} : { commit }),
    command,
    machines: {},
  };
}

/** Who runs, as journals name them. */
export function userAtHost(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown"); // A user without a passwd entry, as in some containers.
  }
}

export async function commitOf(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["-C", folder, "rev-parse", "HEAD"]);
    return stdout.trim();
  } catch {
    return undefined; // Not a checkout, or no git here.
  }
}

/** Whether `commit` is the last applied one or comes after it; unknown commits count as not. */
export async function descendsFrom(folder: string, last: string): Promise<boolean> {
  try {
    await run("git", ["-C", folder, "merge-base", "--is-ancestor", last, "HEAD"]);
    return true;
  } catch {
    return false;
  }
}

/** A run's id: sorts by time, cannot be guessed. Time is for people; the journal's numbers order. */
export function newRunId(now: number, random: string): string {
  return `${new Date(now).toISOString().replace(/[-:]/g, "").replace(/\..*/, "")}-${random}`;
}
