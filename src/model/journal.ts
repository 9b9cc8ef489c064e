import type { ErrorCode } from "../lib/error.ts";
import type { AnswerMap } from "./answer.ts";
import type { Action } from "./change.ts";
import type { ReleaseRecord } from "./release.ts";
import type { Json } from "./secret.ts";

/** Format of journal lines and plans. Newer is read-only, older is migrated. */
export const FORMAT = 1;

/** Who runs and from what: the head of a run's lines. */
export interface RunHeader {
  readonly owner: string;
  readonly stack: string;
  /** `user@host` of the client. */
  readonly by: string;
  /** Commit of the stack file's folder, when it is a git checkout. */
  readonly commit?: string;
  readonly command: string;
  /** Key of this machine in the file, and the stack's other machines (key -> machine-id where known). */
  readonly machine: string;
  readonly machines: Readonly<Record<string, string>>;
}

interface Line {
  /** Line number in the journal; sequence numbers order, times are for people. */
  readonly seq: number;
  readonly time: string;
  readonly run: string;
}

/** What a line about a change is about, and whose it is. */
interface Subject {
  readonly n: number;
  readonly id: string;
  readonly action: Action;
  readonly owner: string;
  readonly app?: string;
  readonly group?: string;
  readonly brought?: boolean;
  readonly found?: boolean;
  /** What is put there holds a secret. */
  readonly secret?: boolean;
}

/** A line of the journal on a target. An event of a run is such a line. */
export type JournalLine =
  | (Line & { readonly t: "begin"; readonly format: number; readonly header: RunHeader })
  | (Line &
      Subject & {
        readonly t: "start";
        /** What was seen before: what an undo goes back to. */
        readonly from?: AnswerMap;
        /** Its spec, where it refers to secrets: bytes that hold one are never kept, and made from the reference again. */
        readonly spec?: Json;
      })
  | (Line &
      Subject & {
        readonly t: "done";
        /** True when it was found already there: the step did not run. */
        readonly skipped: boolean;
        readonly answers: AnswerMap;
        /** Digest of replaced bytes that were kept as a blob. */
        readonly kept?: string;
        /** What its steps had to say (their lines `note: ...`), e.g. that connections were cut. */
        readonly said?: string;
      })
  | (Line & {
      readonly t: "failed";
      readonly n: number;
      readonly id: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly exit: number;
      readonly output: string;
    })
  | (Line & { readonly t: "blocked"; readonly n: number; readonly id: string; readonly by: string })
  | (Line & {
      readonly t: "undone";
      readonly n: number;
      readonly id: string;
      /** With what was undone of it; an older Drover undid only what it had created. */
      readonly action?: Action;
      readonly owner?: string;
      readonly app?: string;
      readonly group?: string;
      readonly brought?: boolean;
      readonly found?: boolean;
    })
  /** Changes that could lock us out: putting them back is armed; a new connection is asked for; it came. */
  | (Line & { readonly t: "guard"; readonly segment: number; readonly state: "armed" | "asking" | "confirmed" })
  | (Line & { readonly t: "waiting"; readonly segment: number })
  | (Line & { readonly t: "note"; readonly note: Note })
  | (Line & { readonly t: "end"; readonly ok: boolean; readonly failed: number });

/** Records that are not changes. */
export type Note =
  | { readonly kind: "release"; readonly owner: string; readonly record: ReleaseRecord; readonly failed?: boolean }
  | {
      readonly kind: "pin";
      readonly owner: string;
      readonly app: string;
      readonly release: string;
      readonly by: string;
    }
  | { readonly kind: "unpin"; readonly owner: string; readonly app: string }
  /** Things that are desired as an earlier run left them. */
  | {
      readonly kind: "hold";
      readonly owner: string;
      /** The run that they go back to. */
      readonly to: string;
      readonly by: string;
      readonly things: Readonly<Record<string, HeldSpec>>;
    }
  | { readonly kind: "unhold"; readonly owner: string }
  | { readonly kind: "adopt"; readonly owner: string; readonly id: string }
  /** A command that somebody ran by hand, and how it ended. */
  | {
      readonly kind: "command";
      readonly owner: string;
      readonly by: string;
      readonly argv: readonly string[];
      readonly user?: string;
    }
  | { readonly kind: "exit"; readonly owner: string; readonly code: number }
  /** `gone`: it left the stack file, and somebody else had taken it away before. */
  | { readonly kind: "forget"; readonly owner: string; readonly id: string; readonly gone?: true }
  | {
      readonly kind: "rename";
      readonly owner: string;
      readonly what: "app" | "machine";
      readonly from: string;
      readonly to: string;
    };

export interface Owned {
  readonly owner: string;
  readonly run: string;
  readonly app?: string;
  readonly group?: string;
  readonly brought?: boolean;
  readonly found?: boolean;
  /** What the last run put there holds a secret: its bytes are never kept. */
  readonly secret?: boolean;
}

/** A thing as an earlier run left it; without a spec it was not there. */
export interface HeldSpec {
  readonly spec?: Json;
}

export interface Held extends HeldSpec {
  readonly to: string;
  readonly by: string;
  readonly run: string;
}

export interface Pin {
  readonly release: string;
  readonly by: string;
  readonly run: string;
}

/** A fold of the journal: what this target remembers. Plain JSON, cached on it with its sequence number. */
export interface Memory {
  readonly format: number;
  /** The last line that is folded in. */
  readonly seq: number;
  /** `type:name` -> owners. */
  readonly owned: Readonly<Record<string, readonly Owned[]>>;
  /** `owner app` -> pin */
  readonly pins: Readonly<Record<string, Pin>>;
  /** owner -> `type:name` -> what an undo put back, and holds against the file. */
  readonly held?: Readonly<Record<string, Readonly<Record<string, Held>>>>;
  /** `owner app` -> releases, newest first. */
  readonly releases: Readonly<Record<string, readonly ReleaseMemory[]>>;
  /** `owner app` -> earlier names, newest first. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** owner -> the last run's header. */
  readonly stacks: Readonly<Record<string, RunHeader & { readonly run: string; readonly time: string }>>;
  /** `type:name` -> owners that let it go: a label on the thing itself still says theirs. */
  readonly forgotten?: Readonly<Record<string, readonly string[]>>;
  /** The last failure, so that a failed release keeps its last log lines. */
  readonly lastFailed?: {
    readonly run: string;
    readonly id: string;
    readonly message: string;
    readonly output: string;
  };
}

export interface ReleaseMemory {
  readonly record: ReleaseRecord;
  readonly run: string;
  readonly time: string;
  readonly by: string;
  readonly failed: boolean;
  readonly log?: string;
}

export const NO_MEMORY: Memory = { format: FORMAT, seq: 0, owned: {}, pins: {}, releases: {}, names: {}, stacks: {} };
