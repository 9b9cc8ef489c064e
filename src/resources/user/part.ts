import type { AnswerMap, Answers } from "../../model/answer.ts";
import type { Diff, Planned } from "../../model/change.ts";
import type { Step } from "../../model/step.ts";
import type { UserSpec } from "./schema.ts";
import type { UserState } from "./state.ts";

/** What one side of a user adds to its change: the account, its password, its home, its subordinate numbers. */
export interface Part {
  readonly diff: readonly Diff[];
  readonly steps: readonly Step[];
  readonly from: AnswerMap;
  readonly to: AnswerMap;
  readonly undo?: readonly Step[];
  readonly notes?: readonly string[];
}

/** What a part is decided on. */
export interface About {
  readonly name: string;
  readonly spec: UserSpec;
  /** Undefined where it is not there. */
  readonly state: UserState | undefined;
  readonly answers: Answers;
}

export const NO_PART: Part = { diff: [], steps: [], from: {}, to: {} };

/** All parts as one change: the account first, since the others are its. */
export function joined(action: "create" | "update", parts: readonly Part[]): Planned {
  const [undo, notes] = [parts.flatMap((part) => part.undo ?? []), parts.flatMap((part) => part.notes ?? [])];
  return {
    action,
    diff: parts.flatMap((part) => part.diff),
    steps: parts.flatMap((part) => part.steps),
    from: Object.assign({}, ...parts.map((part) => part.from)),
    to: Object.assign({}, ...parts.map((part) => part.to)),
    ...(undo.length === 0 ? {} : { undo }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
