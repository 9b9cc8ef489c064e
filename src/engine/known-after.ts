import { ANY, type AnswerMap } from "../model/answer.ts";
import type { Diff, Planned } from "../model/change.ts";
import { fillOutputs } from "../model/reference.ts";
import type { Json } from "../model/secret.ts";

/** Two values that stand for what is known after apply only. What a plan says of both alike does not depend on it. */
export const STAND_INS = ["known-after-apply-a", "known-after-apply-b"] as const;

/** A spec with something in place of every output, where only its shape matters. */
export function standIn(spec: Json): Json {
  return fillOutputs(spec, () => STAND_INS[0]);
}

/** Plans a spec with outputs that nobody knows yet: what depends on them is known after apply, all else is fixed. Pure. */
export function planUnknown(spec: Json, plan: (spec: Json) => Planned): Planned {
  const [one, other] = STAND_INS.map((value) => plan(fillOutputs(spec, () => value))) as [Planned, Planned];
  return {
    ...one,
    diff: one.diff.map((diff) => blurred(diff, other.diff)),
    from: blur(one.from, other.from),
    to: blur(one.to, other.to),
  };
}

function blurred(diff: Diff, others: readonly Diff[]): Diff {
  const same = others.some((other) => other.path === diff.path && other.to === diff.to);
  return same ? diff : { ...diff, to: ANY };
}

function blur(one: AnswerMap, other: AnswerMap): AnswerMap {
  return Object.fromEntries(Object.entries(one).map(([key, answer]) => [key, common(answer, other[key] ?? "")]));
}

/** `file mode=644 sha256=*` from two answers that differ in a value only; anything at all where they differ in more. */
function common(one: string, other: string): string {
  if (one === other) return one;
  const [a, b] = [one.split(" "), other.split(" ")];
  if (a.length !== b.length || a[0] !== b[0]) return ANY;
  const parts = a.map((part, at) => (part === b[at] ? part : `${part.split("=")[0]}=${ANY}`));
  return parts.join(" ");
}
