import { DroverError } from "../lib/error.ts";
import type { AnswerMap } from "../model/answer.ts";
import type { HeldSpec, JournalLine } from "../model/journal.ts";
import { isPause } from "../model/memory.ts";
import type { Run } from "../model/runs.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** What going back to an earlier run means: each thing that later runs changed, as it was then. */
export interface Undo {
  /** The run whose state comes back. */
  readonly to: string;
  /** `type:name` -> its spec then; without one it was not there. */
  readonly things: Readonly<Record<string, HeldSpec>>;
  /** `type:name` -> the answers of then, to tell what does not come back whole. */
  readonly before: Readonly<Record<string, AnswerMap>>;
  readonly notes: readonly string[];
}

type Start = Extract<JournalLine, { t: "start" }>;
type First = Start | Extract<JournalLine, { t: "done" }>;

/** Reads from the journal how things were when a run had ended. Pure. */
export function undoTo(run: Run, lines: readonly JournalLine[], owner: string, shelves: Shelves): Undo {
  const starts = lines.filter((line): line is Start => line.t === "start" && line.owner === owner);
  const later = lines.filter((line): line is First => isFirst(line, owner) && line.seq > run.last);
  const first = new Map<string, First>();
  const notes = new Set<string>();
  for (const line of later) {
    if (line.app !== undefined) notes.add(`${line.app} is an app: it goes back with \`drover rollback ${line.app}\``);
    else if (line.brought !== true && !first.has(line.id)) first.set(line.id, line);
  }
  const things: Record<string, HeldSpec> = {};
  const before: Record<string, AnswerMap> = {};
  for (const [id, line] of first) {
    const held = heldOf(line, starts, run, shelves);
    if (typeof held === "string") notes.add(`${id} stays as it is: ${held}`);
    else {
      things[id] = held;
      before[id] = line.t === "start" && !cameBefore(line) ? (line.from ?? {}) : {};
    }
  }
  return { to: run.id, things, before, notes: [...notes] };
}

/** A change that began; or one that was to make what something else of its run, a package, had made by then. */
function isFirst(line: JournalLine, owner: string): boolean {
  if (line.t !== "start" && line.t !== "done") return false;
  if (line.owner !== owner || isPause(line)) return false;
  return line.t === "start" || (line.skipped && line.action === "create");
}

/** A package had brought it by then, and with it this goes: only its mode and owner were set. */
function cameBefore(line: Start): boolean {
  return line.action === "create" && line.found === true;
}

/** The thing as it was before its first change after the run; or why that cannot be told. */
function heldOf(line: First, starts: readonly Start[], run: Run, shelves: Shelves): HeldSpec | string {
  const at = line.id.indexOf(":");
  const [type, name] = [line.id.slice(0, at), line.id.slice(at + 1)];
  if (shelves.types[type] === undefined) return `this Drover knows no ${type}`;
  if (line.t === "done" || cameBefore(line)) return {};
  if (line.from === undefined) {
    throw new DroverError("USAGE", `what was before run ${line.run} was not recorded: an older Drover made it`, {
      hint: "go back to a later run",
    });
  }
  const shelf = typeOf(shelves, type);
  const seen = shelf.parse(name, new Map(Object.entries(line.from)));
  if (seen.kind === "absent") return {};
  if (seen.kind === "unknown") return seen.why;
  // Bytes that hold a secret are made from the reference that was last recorded for it.
  const recorded = starts.findLast((one) => one.id === line.id && one.seq <= run.last && one.spec !== undefined);
  const isLater = starts.some((one) => one.id === line.id && one.seq <= run.last && one.seq > (recorded?.seq ?? 0));
  if (recorded?.spec !== undefined && !isLater) return { spec: recorded.spec };
  const spec = shelf.spec(name, seen.state);
  return spec === undefined ? "how it was then, no fields describe" : { spec };
}
