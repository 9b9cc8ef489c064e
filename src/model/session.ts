import type { Duplex } from "node:stream";
import type { Answers } from "./answer.ts";
import type { JournalLine } from "./journal.ts";
import type { Program } from "./program.ts";
import type { Query } from "./query.ts";
import type { SecretValues } from "./secret.ts";

/** What a byte stream is opened to: a program, or a unix socket on the target. */
export type StreamTarget =
  | {
      readonly argv: readonly string[];
      /** Gets what it prints on standard error; without it the end of that is told when it fails. */
      readonly errors?: (chunk: string) => void;
    }
  | { readonly socket: string };

/** A conversation with one target. Three verbs. */
export interface Session extends AsyncDisposable {
  readonly machine: string;
  /** Round trips so far, after connect. */
  readonly exchanges: number;
  /** Answers all questions in one exchange, together with what the target remembers. */
  ask(queries: readonly Query[], signal: AbortSignal): Promise<Answers>;
  /** Starts the program, or follows it from the last line seen: idempotent by its id. */
  run(program: Program, secrets: SecretValues, signal: AbortSignal): AsyncIterable<JournalLine>;
  /** Lets the runner go on with a segment whose needs are now there. */
  release(program: Program, segment: number, secrets: SecretValues, signal: AbortSignal): Promise<void>;
  /** Tells the runner whether a connection made anew came in: then what could have locked us out stays, else it is put back. */
  confirm(program: Program, segment: number, cameIn: boolean, signal: AbortSignal): Promise<void>;
  /** Tells the runner that its client lives while it works for the next segment. */
  beat(program: Program, signal: AbortSignal): Promise<void>;
  /** Tells a runner that has ended that its client has looked at all: it begins with what nobody waits for. */
  seen(program: Program, signal: AbortSignal): Promise<void>;
  /** Asks the runner to end before its next segment. */
  cancel(program: Program, signal: AbortSignal): Promise<void>;
  /** A byte stream: logs, layers, a session over a session. */
  open(target: StreamTarget, signal: AbortSignal): Promise<Duplex>;
}

/** What a shell prints on a line of its own before it reads anything. */
export const SHELL_READY = "drover-ready";

/** A way to a target with a shell: a clean `/bin/sh` that reads commands, as root where it may. */
export interface Channel extends AsyncDisposable {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  /** Resolves when the channel ends, with the reason as text. */
  readonly ended: Promise<string>;
  /**
   * Of a channel whose shell was not waited for, so that what is asked first may travel ahead: opens one that was waited for,
   * for when this one ends unanswered or what was sent ahead got lost.
   */
  readonly again?: (signal: AbortSignal) => Promise<Channel>;
  /** A second byte stream beside it. */
  open(target: StreamTarget, signal: AbortSignal): Promise<Duplex>;
}

/** How to reach a machine, as its provider says. Plain JSON. */
export interface Reach {
  readonly transport: string;
  readonly machine: string;
  /** Address a person and a probe would use. */
  readonly address: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Over a new connection, sharing none that is there. */
  readonly fresh?: boolean;
}

export interface Transport {
  readonly name: string;
  connect(reach: Reach, secrets: SecretValues, signal: AbortSignal): Promise<Channel>;
}
