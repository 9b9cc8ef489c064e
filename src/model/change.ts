import type { AnswerMap, Key } from "./answer.ts";
import type { Query } from "./query.ts";
import type { Json } from "./secret.ts";
import type { Step } from "./step.ts";

export type Action = "noop" | "create" | "update" | "replace" | "delete";

/** One difference, for people: which part of the state, what it is and what it will be. Never a secret's value. */
export interface Diff {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** What a resource type decides: how the observed state becomes the desired one. */
export interface Planned {
  readonly action: Action;
  readonly diff: readonly Diff[];
  /** Why it has to be replaced. */
  readonly because?: string;
  readonly steps: readonly Step[];
  /** The answers it was decided on, key by key. */
  readonly from: AnswerMap;
  /** The answers it leaves; a field `*` is known after apply. */
  readonly to: AnswerMap;
  /** Run when this change fails, and when its rollout fails before the switch: nothing half-made stays. */
  readonly undo?: readonly Step[];
  /** Run when this change fails, for evidence: its output goes into the error (last log lines). */
  readonly evidence?: readonly Step[];
  /** What data is lost by it, in words: needs --allow-delete. */
  readonly destroys?: string;
  /**
   * How it could lock out whoever makes it ("the rules of who may come in"). It is then made last, and its `undo` puts everything
   * back unless a connection made anew confirms it.
   */
  readonly guards?: string;
  /**
   * The key that tells whether a package of the same run, or somebody else, has made it by then: where its answer is not `absent`
   * just before its turn, it was found, and is not ours.
   */
  readonly foundBy?: Key;
  /** What the reader of a plan should know: a gap, an emulation, a place where a secret rests. */
  readonly notes?: readonly string[];
}

/** A planned change of one resource on one target. Plain JSON. */
export interface Change extends Planned {
  /** `machine/type:name` */
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly on: string;
  /** Ids of the changes that must be done before. */
  readonly needs: readonly string[];
  readonly app?: string;
  /** The rollout it belongs to, and as what. */
  readonly rollout?: { readonly group: string; readonly role: "new" | "switch" | "old" | "pause" };
  /** Questions with further arguments that answer keys of `from` and `to`; others are plain `kind:arg`. */
  readonly queries?: readonly Query[];
  /** Brought by a place and kept until --purge. */
  readonly brought?: boolean;
  /** It was there before us: it is used, noted, and never removed. */
  readonly found?: boolean;
  /** Its spec, where it refers to secrets: the journal keeps the reference, so that an undo can make those bytes again. */
  readonly secretSpec?: Json;
  /**
   * Its spec, where outputs in it are known after apply only. When they are, it is planned once more, within what this
   * change says; `steps` are none to run before.
   */
  readonly pending?: Json;
}

export const NOTHING: Planned = { action: "noop", diff: [], steps: [], from: {}, to: {} };

/** A change that leaves things as they are, with the answers that show it. */
export function noop(answers: AnswerMap = {}): Planned {
  return { action: "noop", diff: [], steps: [], from: answers, to: answers };
}

/** Lists the fields in which two flat states differ. */
export function diffOf(from: object | undefined, to: object | undefined): Diff[] {
  const [a, b] = [new Map(Object.entries(from ?? {})), new Map(Object.entries(to ?? {}))];
  const paths = [...new Set([...a.keys(), ...b.keys()])];
  return paths
    .map((path) => ({ path, from: show(a.get(path)), to: show(b.get(path)) }))
    .filter((diff) => diff.from !== diff.to);
}

function show(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
