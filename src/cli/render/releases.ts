import type { ReleaseEntry } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import { table } from "./fit.ts";
import type { Theme } from "./theme.ts";

/** Releases as a table, newest first. */
export function releasesText(entries: readonly ReleaseEntry[], style: Theme): string {
  if (entries.length === 0) return "no releases yet\n";
  return table(
    [["APP", "RELEASE", "STATE", "MACHINE", "TIME", "BY"].map(style.dim), ...entries.map((entry) => row(entry, style))],
    "",
  );
}

function row(entry: ReleaseEntry, style: Theme): string[] {
  const state = entry.failed ? style.bad("failed") : entry.current ? style.good("current") : "";
  const { app, machine, time, by } = entry;
  return [printable(app), printable(entry.record.release), state, printable(machine), printable(time), printable(by)];
}
