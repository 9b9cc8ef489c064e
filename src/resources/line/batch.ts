import { canonical } from "../../lib/ndjson.ts";
import type { Change } from "../../model/change.ts";
import { partsOf, type Text } from "../../model/secret.ts";
import type { EditStep, ExecStep, Step } from "../../model/step.ts";
import { isLineEdit, isNote } from "./steps.ts";

/** What comes before the words about the first line: `sh -c <script> sh <file>`. */
const HEAD = 5;

/** The file that a line goes into, with what has to accept it; undefined for what is no edit. */
export function fileOfChange({ steps }: Change): string | undefined {
  const last = steps.at(-1);
  return last !== undefined && isLineEdit(last) ? `${last.path} ${canonical(last.check ?? [])}` : undefined;
}

/** Lines of one file are noted together and put by one edit: it is checked and replaced once, with all of them in it. */
export function mergeLines(changes: readonly Change[]): Step[] {
  const steps = changes.flatMap((change) => change.steps);
  const notes = steps.filter(isNote);
  const edits = steps.filter(isLineEdit);
  const others = steps.filter((step) => !isNote(step) && !isLineEdit(step));
  return [...others, ...together(notes), ...together(edits)];
}

function together<T extends ExecStep | EditStep>(steps: readonly T[]): T[] {
  const [first] = steps;
  if (first === undefined) return [];
  const argv = [...first.argv.slice(0, HEAD), ...steps.flatMap((step) => step.argv.slice(HEAD))];
  const stdin: Text = { concat: steps.flatMap(({ stdin: line = "" }) => partsOf(line)) };
  // What it replaces is what was there before the first of them.
  const keeps = steps.some((step) => "keep" in step && step.keep === true);
  return [{ ...first, argv, stdin, ...(keeps ? { keep: true } : {}) }];
}
