import type { Action } from "./change.ts";
import type { JournalLine } from "./journal.ts";
import { type Run, runsOf } from "./runs.ts";

/** One thing that happened to what is asked about. */
export interface Deed {
  /** The run's number on that machine. */
  readonly run: number;
  readonly time: string;
  readonly by: string;
  readonly command: string;
  readonly commit?: string;
  readonly owner: string;
  /** `type:name` of the resource that did it. */
  readonly id: string;
  readonly what: Action | "failed" | "undone" | "found";
  /** What it was, and what it became, as answers; left out where the journal does not say. */
  readonly from?: string;
  readonly to?: string;
  readonly message?: string;
}

/**
 * Who did what to a thing, oldest first: everything in the journal about a resource's id (`file:/etc/x`) or about what a
 * resource touched (`/etc/x`, `nginx`). Pure.
 */
export function explain(thing: string, lines: readonly JournalLine[]): Deed[] {
  return runsOf(lines).flatMap((run) => run.lines.flatMap((line) => deedOf(thing, line, run)));
}

function deedOf(thing: string, line: JournalLine, run: Run): Deed[] {
  if (line.t !== "done" && line.t !== "failed" && line.t !== "undone") return [];
  const start = run.lines.find((one) => one.t === "start" && one.id === line.id);
  const before = start?.t === "start" ? start.from : undefined;
  const after = line.t === "done" ? line.answers : undefined;
  const key = keyAbout(thing, line.id, { ...before, ...after });
  if (key === undefined) return [];
  const { header } = run;
  const [from, to] = [before?.[key], after?.[key]];
  return [
    {
      run: run.number,
      time: line.time,
      by: header?.by ?? "",
      command: header?.command ?? "",
      ...(header?.commit === undefined ? {} : { commit: header.commit }),
      owner: header?.owner ?? "",
      id: line.id,
      what: line.t === "done" ? (line.skipped ? "found" : line.action) : line.t,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(line.t === "failed" ? { message: line.message } : {}),
    },
  ];
}

/** The key by which a line is about a thing: of several, the one that names it. */
function keyAbout(thing: string, id: string, answers: Readonly<Record<string, string>>): string | undefined {
  const keys = Object.keys(answers);
  const named = keys.find((key) => key.slice(key.indexOf(":") + 1) === thing);
  if (named !== undefined) return named;
  if (id !== thing && id.slice(id.indexOf(":") + 1) !== thing) return undefined;
  return keys[0] ?? "";
}
