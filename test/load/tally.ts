import type { Cut, Outcome } from "./connection.ts";

/** How a request failed: it was cut in some way, or the answer was not a 2xx. */
export type FailureKind = Exclude<Cut, "abandoned"> | "status";

export interface Failure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: FailureKind;
  readonly text: string;
}

export interface Totals {
  /** Requests written. With `refused` and `unreached` nothing was written, so that `sent` does not count those. */
  readonly sent: number;
  /** Answered with 2xx. */
  readonly ok: number;
  /** All that is in `by`. */
  readonly failed: number;
  readonly by: Readonly<Record<FailureKind, number>>;
  /** Answers that were not 2xx, by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests in flight when we hung up; neither ok nor failed. */
  readonly abandoned: number;
  /** Connections opened. More than asked for is normal: a server may close between two requests. */
  readonly connections: number;
  /** The first of them. */
  readonly failures: readonly Failure[];
}

/** What one outcome was, or undefined for a 2xx and for what we gave up ourselves. */
export function failureOf(outcome: Outcome, at: number): Failure | undefined {
  if (outcome.kind === "abandoned") return undefined;
  if (outcome.kind !== "answered") return { at, kind: outcome.kind, text: outcome.text };
  const { status, body } = outcome.response;
  if (status >= 200 && status < 300) return undefined;
  return { at, kind: "status", text: `${status}: ${body.toString("utf8", 0, 200).trim()}` };
}

/** Counts outcomes and remembers the first `remember` failures. */
export class Tally {
  readonly #remember: number;
  readonly #by: Record<FailureKind, number> = {
    refused: 0,
    unreached: 0,
    reset: 0,
    closed: 0,
    truncated: 0,
    garbled: 0,
    late: 0,
    status: 0,
  };
  readonly #statuses: Record<number, number> = {};
  readonly #failures: Failure[] = [];
  #connections = 0;
  #sent = 0;
  #ok = 0;
  #abandoned = 0;

  constructor(remember = 20) {
    this.#remember = remember;
  }

  connected(): void {
    this.#connections += 1;
  }

  sent(): void {
    this.#sent += 1;
  }

  count(outcome: Outcome): void {
    const failure = failureOf(outcome, Date.now());
    if (outcome.kind === "abandoned") this.#abandoned += 1;
    else if (failure === undefined) this.#ok += 1;
    else this.#fail(failure);
    if (failure?.kind === "status" && outcome.kind === "answered") {
      const { status } = outcome.response;
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    }
  }

  #fail(failure: Failure): void {
    this.#by[failure.kind] += 1;
    if (this.#failures.length < this.#remember) this.#failures.push(failure);
  }

  totals(): Totals {
    return {
      sent: this.#sent,
      ok: this.#ok,
      failed: Object.values(this.#by).reduce((sum, count) => sum + count, 0),
      by: { ...this.#by },
      statuses: { ...this.#statuses },
      abandoned: this.#abandoned,
      connections: this.#connections,
      failures: [...this.#failures],
    };
  }
}
