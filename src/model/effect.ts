import { type Answer, type Answers, isUnknown, matches, unknownWhy } from "./answer.ts";
import { type Diff, noop, type Planned } from "./change.ts";
import type { PlanContext } from "./resource.ts";
import type { Step } from "./step.ts";

/** Something besides the file that has to follow it: a kernel's value, a unit that systemd has read again. */
export interface Effect {
  /** The question's key, asked by `queries`. */
  readonly key: string;
  /** What may be seen before, where that is not what is seen now: `*` for what this run brings on its way. */
  readonly from?: Answer;
  readonly to: Answer;
  /** What it is called in a diff. */
  readonly label: string;
}

/** A file's change, and what has to follow it. */
export function followed(
  file: Planned,
  effects: readonly Effect[],
  activate: readonly Step[],
  context: Pick<PlanContext, "answers">,
): Planned {
  const { answers } = context;
  const open = effects.filter(({ key, to }) => !matches(to, answers.get(key) ?? ""));
  if (file.action === "noop" && open.length === 0) {
    return noop(
      withSeen(
        file.to,
        effects.map(({ from: _any, ...effect }) => effect),
        answers,
      ),
    );
  }
  return {
    ...file,
    action: file.action === "noop" ? "update" : file.action,
    diff: [...file.diff, ...open.map((effect) => effectDiff(effect, answers))],
    steps: [...file.steps, ...activate],
    from: withSeen(file.from, effects, answers),
    to: { ...file.to, ...Object.fromEntries(effects.map(({ key, to }) => [key, to])) },
  };
}

/** What follows may be seen as anything before: the file decides. */
function withSeen(of: Planned["from"], effects: readonly Effect[], answers: Answers): Planned["from"] {
  const seen = effects.map(({ key, from }) => [key, from ?? answers.get(key) ?? "*"] as const);
  return { ...of, ...Object.fromEntries(seen.map(([key, answer]) => [key, isUnknown(answer) ? "*" : answer])) };
}

function effectDiff({ key, to, label }: Effect, answers: Answers): Diff {
  const seen = answers.get(key) ?? "";
  return { path: label, from: isUnknown(seen) ? `unknown: ${unknownWhy(seen)}` : seen, to };
}
