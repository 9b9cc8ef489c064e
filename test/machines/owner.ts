import { readFile } from "node:fs/promises";

/** Label of every host: the pid of the process that it lives for, or `kept`. */
export const ownerLabel = "drover.test";
/** When that process started, so that a later process with its pid is not taken for it. */
export const sinceLabel = "drover.test.since";
/** The name that the test gave the host. */
export const nameLabel = "drover.test.name";

/** Labels for hosts that live no longer than this process; `kept` ones live until somebody removes them. */
export async function ownerLabels(isKept: boolean): Promise<Record<string, string>> {
  if (isKept) return { [ownerLabel]: "kept" };
  return { [ownerLabel]: String(process.pid), [sinceLabel]: (await startTime(process.pid)) ?? "" };
}

/** Is the process that a host was started by gone? */
export async function isOrphan(labels: Record<string, string>): Promise<boolean> {
  const owner = labels[ownerLabel];
  if (owner === undefined || !/^\d+$/.test(owner)) return false;
  return (await startTime(Number(owner))) !== labels[sinceLabel];
}

/** Field 22 of the kernel's stat line, in ticks since its boot; undefined without such a process. */
export async function startTime(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return line?.slice(line.lastIndexOf(")") + 2).split(" ")[19];
}
