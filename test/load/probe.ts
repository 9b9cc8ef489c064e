import { systemClock } from "../../src/lib/clock.ts";
import { isConnection, type Limits, type Outcome, open, requestFor, type Target } from "./connection.ts";
import { type Failure, failureOf } from "./tally.ts";
import { finished } from "./wait.ts";

export interface WatchOptions extends Target, Limits {
  /** From one answer to the next question. */
  readonly everyMs: number;
}

export interface Watched {
  readonly asked: number;
  readonly ok: number;
  /** When it first answered with 2xx, in milliseconds since the epoch. */
  readonly firstUp: number | undefined;
  /** Every question that had no 2xx answer. */
  readonly failures: readonly Failure[];
  /** Those after it was first up: empty when the app answered all the time. */
  readonly failuresSinceUp: readonly Failure[];
}

export interface Watch {
  /** Resolves when it has answered with 2xx once; rejects when the watch ends before. */
  readonly up: Promise<void>;
  seen(): Watched;
  /** Waits for the answer that is due and tells all. Aborting `signal` ends the watch, too. */
  stop(): Promise<Watched>;
}

/** Asks one question at a time, each on a new connection, and writes down every failure. */
export function watchUp(options: WatchOptions): Watch {
  const stopping = new AbortController();
  const ending = AbortSignal.any([options.signal, stopping.signal]);
  const up = Promise.withResolvers<void>();
  up.promise.catch(() => {}); // whoever awaits it is told; nobody has to
  const failures: Failure[] = [];
  let ok = 0;
  let firstUp: number | undefined;
  let failedBefore = 0;

  function note(outcome: Outcome): void {
    const at = Date.now();
    const failure = failureOf(outcome, at);
    if (failure !== undefined) failures.push(failure);
    else if (outcome.kind === "answered") ok += 1;
    if (ok === 1 && firstUp === undefined) {
      firstUp = at;
      failedBefore = failures.length;
      up.resolve();
    }
  }
  async function watch(): Promise<void> {
    while (!ending.aborted) {
      note(await askOnce(options));
      await finished(systemClock.sleep(options.everyMs, ending));
    }
    up.reject(new Error(`it was never up: ${failures.at(-1)?.text ?? "nothing was asked"}`));
  }
  const seen = (): Watched => ({
    asked: ok + failures.length,
    ok,
    firstUp,
    failures: [...failures],
    failuresSinceUp: firstUp === undefined ? [] : failures.slice(failedBefore),
  });
  const done = watch();

  return {
    up: up.promise,
    seen,
    async stop() {
      stopping.abort();
      await done;
      return seen();
    },
  };
}

/** One request on a connection of its own. */
export async function askOnce(target: Target & Limits): Promise<Outcome> {
  const connection = await open(target);
  if (!isConnection(connection)) return connection;
  const outcome = await connection.exchange(requestFor(target, "close"));
  connection.close();
  return outcome;
}
