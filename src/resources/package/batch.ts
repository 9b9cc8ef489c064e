import { canonical } from "../../lib/ndjson.ts";
import type { ExecStep, Step } from "../../model/step.ts";

/** In this order; what is the same is done once, and what ends in names takes all of them at once. */
const ORDER: readonly string[] = [
  ...["wait", "quiet", "--configure", "--remove", "update", "unhold", "install", "manual", "disable", "hold"],
];

/** Merges the steps of several packages into one transaction: one look at the locks, one update, one call. */
export function mergeSteps(lists: readonly (readonly Step[])[]): Step[] {
  const groups = Map.groupBy(lists.flat(), groupOf);
  return [...groups.values()].map(mergeGroup).sort((a, b) => rankOf(a) - rankOf(b));
}

/** All of a step but the names at its end. */
function groupOf(step: Step): string {
  return canonical(step.kind === "exec" ? { ...step, argv: split(step)[0] } : step);
}

function split(step: ExecStep): [head: string[], names: string[]] {
  const at = step.argv.lastIndexOf("--");
  return at === -1 ? [[...step.argv], []] : [step.argv.slice(0, at + 1), step.argv.slice(at + 1)];
}

function mergeGroup(steps: readonly Step[]): Step {
  const [first] = steps;
  if (first === undefined) throw new RangeError("a group of no steps");
  if (first.kind !== "exec") return first;
  const names = steps.flatMap((step) => (step.kind === "exec" ? split(step)[1] : []));
  return { ...first, argv: [...split(first)[0], ...new Set(names)] };
}

function rankOf(step: Step): number {
  if (step.kind !== "exec") return ORDER.indexOf("wait");
  const [head] = split(step);
  // A script may be called by its verb.
  const verb = head[0] === "sh" ? ORDER.indexOf(head[3] ?? "") : -1;
  if (verb !== -1) return verb;
  const text = head.join(" ");
  const word = ORDER.findIndex((one) => new RegExp(`(^|\\s)${one}(\\s|$)`).test(text));
  return word === -1 ? ORDER.length : word;
}
