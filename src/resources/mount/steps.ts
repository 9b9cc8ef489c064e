import { ABSENT, type Answers, parseAnswer } from "../../model/answer.ts";
import type { Diff } from "../../model/change.ts";
import type { Step } from "../../model/step.ts";
import type { MountSpec } from "../mount.ts";
import { optionWords, remountOptions } from "./options.ts";

/** What is mounted there. */
export interface Mounted {
  readonly isThere: boolean;
  /** What is wanted is mounted, and not something else. */
  readonly isSame: boolean;
  readonly hasOptions: boolean;
  readonly times: number;
  readonly can: boolean;
}

export function mountedOf(target: string, answers: Answers): Mounted {
  const { head, fields } = parseAnswer(answers.get(`mount:${target}`) ?? ABSENT);
  const { by, options, times = "0", can } = fields;
  return {
    isThere: head === "mounted",
    isSame: by === "same",
    hasOptions: options === "same",
    times: Number(times),
    can: can !== "no",
  };
}

/** A folder that is there keeps what it has. */
export function folder(target: string): Step[] {
  return [{ kind: "exec", argv: ["sh", "-c", 'umask 022; [ -e "$1" ] || mkdir -p -- "$1"', "sh", target] }];
}

export interface Moves {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly diff: readonly Diff[];
  /** What it leaves; undefined where it stays as it is. */
  readonly to?: string;
  readonly isRight: boolean;
}

export function mountSteps(target: string, spec: MountSpec, mounted: Mounted, isRelisted: boolean): Moves {
  const { isThere, isSame, hasOptions, can, times } = mounted;
  const stays = { before: [], after: [], diff: [], isRight: true };
  if (!spec.mounted) {
    if (!isThere || !can) return { ...stays, isRight: !isThere };
    return { ...stays, before: unmount(target, times), diff: [{ path: "mounted", from: "yes", to: "no" }], to: ABSENT };
  }
  const isRight = isThere && isSame && hasOptions && times === 1;
  if (!can) return { ...stays, isRight };
  const to = "mounted by=same options=same times=1";
  const remount: Step = { kind: "exec", argv: ["mount", "-o", remountOptions(spec), "--", target], within: 60 };
  if (isThere && isSame && times === 1) {
    if (hasOptions && !isRelisted) return stays;
    // Options that cannot be seen on what is mounted count when it is mounted again.
    const diff = hasOptions ? [] : [{ path: "options", from: "other", to: optionWords(spec) }];
    return { ...stays, after: [remount], diff, to };
  }
  const after: Step[] = [{ kind: "exec", argv: ["mount", "--", target], within: 120 }];
  if (!isThere) return { ...stays, after, diff: [{ path: "mounted", from: "no", to: "yes" }], to };
  const from = times > 1 ? `${times} times` : "something else";
  return { ...stays, before: unmount(target, times), after, diff: [{ path: "mounted", from, to: spec.source }], to };
}

export function unmount(target: string, times: number): Step[] {
  return Array.from({ length: times }, () => ({ kind: "exec" as const, argv: ["umount", "--", target], within: 120 }));
}
