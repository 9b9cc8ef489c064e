import type { Answer } from "./answer.ts";
import type { Query } from "./query.ts";
import type { Json, Text } from "./secret.ts";

/** Bytes that the client makes or has: by content digest, or by the input digest of the build that makes them. */
export interface BlobRef {
  readonly blob: string;
}

/** Runs a program. Fails on an exit code that is not in `exits`. */
export interface ExecStep {
  readonly kind: "exec";
  readonly argv: readonly string[];
  readonly stdin?: Text;
  /** Environment added to `PATH`, `LC_ALL=C` and `HOME`. Not for secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as success; default `[0]`. */
  readonly exits?: readonly number[];
  /** Deadline in seconds; default 300. */
  readonly within?: number;
  /** Starts it in a session of its own and does not wait: a daemon where no init system is. */
  readonly detach?: boolean;
  /** With `detach`: the file that gets its output, appended. */
  readonly log?: string;
  /**
   * It boots the machine: the program goes on after that, when the machine lets its client in again within this many seconds.
   * Without a client the next run does what is left.
   */
  readonly reboots?: number;
}

/** Bytes that the target keeps as a blob: those that an earlier run replaced. */
export interface KeptBytes {
  /** Their sha256. */
  readonly kept: string;
}

/** Writes a whole file: staged beside it, checked, synced, renamed, its directory synced. */
export interface WriteStep {
  readonly kind: "write";
  readonly path: string;
  readonly content: Text | KeptBytes;
  /** Octal, e.g. `0644`. */
  readonly mode: string;
  /** `user:group`; default `root:root`. */
  readonly owner?: string;
  /** Keep the bytes it replaces as a blob; never for bytes that hold a secret. */
  readonly keep?: boolean;
  /** A program that has to accept the staged file (`{}` in its argv) before it takes its place: `visudo -cf {}`. */
  readonly check?: readonly string[];
}

/** Removes a file or a link, and syncs its directory. One that is not there is fine. */
export interface RemoveStep {
  readonly kind: "remove";
  readonly path: string;
  /** Keep its bytes as a blob; never for bytes that hold a secret. */
  readonly keep?: boolean;
}

/**
 * Gives a file the bytes that a program makes of those it has. Staged, checked and renamed as `write` does it; mode and
 * owner stay. A file that somebody else changes meanwhile is left as it is.
 */
export interface EditStep {
  readonly kind: "edit";
  readonly path: string;
  /** Prints the new bytes. A `{}` among its words is the file, or `/dev/null` where it is to be made. */
  readonly argv: readonly string[];
  /** What it gets on stdin; may hold secrets. */
  readonly stdin?: Text;
  /** Keep the bytes it replaces as a blob; never for bytes that hold a secret. */
  readonly keep?: boolean;
  /** A program that has to accept the staged file (`{}` in its argv) before it takes its place. */
  readonly check?: readonly string[];
  /** What a file that is not there is made with; without it, the file has to be there. */
  readonly create?: { readonly mode: string; readonly owner: string };
}

/** One HTTP request: to a socket on the target, or to the account that the session stands for. */
export interface CallStep {
  readonly kind: "call";
  /** Path of a unix socket on the target; without it the session's own endpoint. */
  readonly socket?: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly path: string;
  /** JSON, or a blob: then the client runs it itself, between two segments. */
  readonly body?: Json | BlobRef;
  /** Statuses that count as success; default `[200, 201, 204]`. */
  readonly statuses?: readonly number[];
  readonly within?: number;
}

/** Waits until a question has the answer wanted; a probe is a wait. */
export interface WaitStep {
  readonly kind: "wait";
  readonly query: Query;
  readonly to: Answer;
  /** Seconds. */
  readonly within: number;
  /** Seconds between two looks; default 1. */
  readonly every?: number;
  /** Gives up at once when this question gets that answer (a process that exited will not become ready). */
  readonly unless?: { readonly query: Query; readonly answer: Answer; readonly says?: string };
  /** What it means for a person when the answer does not come: "it did not become ready". */
  readonly says?: string;
}

export type Step = ExecStep | WriteStep | EditStep | RemoveStep | CallStep | WaitStep;

export function isKept(content: WriteStep["content"]): content is KeptBytes {
  return typeof content === "object" && "kept" in content;
}

export function isBlobRef(value: unknown): value is BlobRef {
  return typeof value === "object" && value !== null && "blob" in value && typeof value.blob === "string";
}

/** The blob that a step needs from the client, if any. */
export function blobOf(step: Step): string | undefined {
  return step.kind === "call" && isBlobRef(step.body) ? step.body.blob : undefined;
}
