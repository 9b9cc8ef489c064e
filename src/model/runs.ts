import { DroverError } from "../lib/error.ts";
import type { JournalLine, RunHeader } from "./journal.ts";

/** One run in a target's journal. */
export interface Run {
  /** Its place among the runs of this target, from 1: what people call it. */
  readonly number: number;
  readonly id: string;
  readonly time: string;
  readonly header: RunHeader | undefined;
  /** Sequence number of its last line. */
  readonly last: number;
  /** Undefined while it has not ended. */
  readonly ok: boolean | undefined;
  readonly lines: readonly JournalLine[];
}

/** The runs of a journal, oldest first. Pure. */
export function runsOf(lines: readonly JournalLine[]): Run[] {
  return [...Map.groupBy(lines, (line) => line.run)].map(([id, own], index) => {
    const begin = own.find((line) => line.t === "begin");
    const end = own.find((line) => line.t === "end");
    return {
      number: index + 1,
      id,
      time: own[0]?.time ?? "",
      header: begin?.header,
      last: own.at(-1)?.seq ?? 0,
      ok: end?.ok,
      lines: own,
    };
  });
}

/** The run that a person means: by its number, or by the beginning of its id. */
export function runNamed(name: string, runs: readonly Run[], machine: string): Run {
  const found = /^\d{1,7}$/.test(name)
    ? runs.filter((run) => String(run.number) === name)
    : runs.filter((run) => run.id.startsWith(name));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const what = others.length > 0 ? `several runs on ${machine} begin with ${name}` : `no run ${name} on ${machine}`;
  throw new DroverError("USAGE", what, {
    where: { machine },
    hint:
      runs.length === 0 ? "nothing was ever run there" : `it had runs 1 to ${runs.length}: drover history ${machine}`,
  });
}
