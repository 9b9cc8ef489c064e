import type { Change } from "./change.ts";
import type { Note, RunHeader } from "./journal.ts";
import type { Step } from "./step.ts";

/** What one host's runner executes: segments, each of which ends safe. */
export interface Program {
  /** The run's id; starting the same id again follows it. */
  readonly id: string;
  readonly header: RunHeader;
  readonly segments: readonly Segment[];
  /** Written as the host's cached memory once all is done: what was known when the run was planned. */
  readonly checkpoint?: string;
  /** Names of secrets that live on this host: their values are kept out of what is recorded of the run, too. */
  readonly hides?: readonly string[];
  /** Removes the target's memory when all is done and the client has read the end of it. */
  readonly farewell?: boolean;
}

export interface Segment {
  readonly items: readonly Item[];
  /** Its changes could lock the client out: they are put back unless it comes in anew. */
  readonly guard?: boolean;
  /** Waits until the client releases it: it needs something from outside this host. */
  readonly held?: boolean;
  /** Ids of changes on other hosts that must be done before. */
  readonly awaits?: readonly string[];
  /** Those of them that failed, when the segment is let go: what needs them is blocked. */
  readonly failed?: readonly string[];
  /** Blobs that the client supplies before. */
  readonly blobs?: readonly string[];
}

export type Item =
  /** One change, or several that are looked at together before and after: their types say that they are brief. */
  | {
      readonly kind: "changes";
      readonly changes: readonly Change[];
      /** One transaction for all of them, in place of their own steps. */
      readonly merged?: readonly Step[];
      /** Of those that cannot be done, by id, why: what they refer to is not known after all. They fail, unless they are blocked. */
      readonly unmet?: Readonly<Record<string, string>>;
    }
  /** A record for the journal, written when all its needs are done. */
  | { readonly kind: "note"; readonly note: Note; readonly needs: readonly string[]; readonly otherwise?: Note };

/** All changes of a program, in its order. */
export function changesIn(program: Program): Change[] {
  return program.segments
    .flatMap((segment) => segment.items)
    .flatMap((item) => (item.kind === "changes" ? item.changes : []));
}
