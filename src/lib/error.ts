/** Every reason Drover stops for. Decide on the code, never on the message. */
export type ErrorCode =
  | "CONFIG_INVALID" // the stack file or a flag is wrong; nothing was touched
  | "USAGE" // the command line is wrong
  | "UNREACHABLE" // no connection to a target
  | "HOST_KEY" // the target's host key is unknown or changed
  | "RIGHTS" // a right is missing on a target
  | "LOCKED" // somebody else's run holds the lock of a target
  | "PLAN_STALE" // the world moved since the plan was made
  | "STEP_FAILED" // a step ended with an error
  | "NOT_CONVERGED" // the steps ran, the answers are not those promised
  | "PROBE_FAILED" // a new process did not become healthy
  | "LOCKED_OUT" // a change would have locked us out, and was put back
  | "FOREIGN" // the thing exists and is not ours
  | "CONFLICT" // two stacks or two apps want the same thing
  | "UNKNOWN_STATE" // something could not be read
  | "NEEDS_CONSENT" // --yes or --allow-delete is needed
  | "FORMAT_NEWER" // a journal or plan written by a newer Drover
  | "BUILD_FAILED" // the app's image could not be made
  | "SECRET_MISSING" // a secret's source gave no value
  | "PREFLIGHT" // something would have stopped the run half-way
  | "CANCELLED" // by the user or a signal
  | "INTERNAL"; // a bug of ours

/** Where an error happened; every field is optional and printed when present. */
export interface Where {
  file?: string;
  path?: string;
  machine?: string;
  resource?: string;
  app?: string;
  step?: string;
}

export interface ErrorDetails {
  /** What to do about it, as a sentence or a command. */
  hint?: string;
  where?: Where;
  /** Last log lines, exit code, probe answer: what was seen, a line each. */
  evidence?: readonly string[];
  cause?: unknown;
}

const brand = Symbol.for("drover.error");

/** The one error class: what failed (`message`), where, the evidence and what to do (`hint`). */
export class DroverError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: Where;
  readonly evidence: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DroverError";
    this.code = code;
    this.hint = details.hint;
    this.where = details.where ?? {};
    this.evidence = details.evidence ?? [];
    Object.defineProperty(this, brand, { value: true });
  }

  /** Works across copies of this module, where `instanceof` does not. */
  static is(value: unknown): value is DroverError {
    return typeof value === "object" && value !== null && brand in value;
  }

  /** Plain data for `--json` and the journal. */
  toJSON(): Record<string, unknown> {
    const { code, message, hint, where, evidence } = this;
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      where,
      ...(evidence.length > 0 ? { evidence } : {}),
    };
  }
}
