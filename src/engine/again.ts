import { type Clock, systemClock } from "../lib/clock.ts";
import type { DroverError, ErrorCode } from "../lib/error.ts";
import type { JournalLine } from "../model/journal.ts";
import { changesIn, type Program } from "../model/program.ts";

/** How often a lost link is taken up again before we give up. */
const RECONNECTS = 5;
/** What a machine may answer while it goes down and comes up: no link, a runner that is gone, nobody may log in yet. */
const BOOTING: readonly ErrorCode[] = ["UNREACHABLE", "STEP_FAILED", "RIGHTS"];

export interface NextTry {
  /** What is said before it. */
  readonly says?: string;
  /** In so many ms. */
  readonly after: number;
  /** Over a new connection: one that is kept for the next command may hang on the machine as it was. */
  readonly isBooting: boolean;
}

const LOOK: NextTry = { after: 2000, isBooting: true };

/** Decides how long a lost link is taken up again: a few times, or as long as the boot at hand may take. */
export class Again {
  readonly #clock: Clock;
  #tries = 0;
  #until: number | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Undefined when no more is tried. */
  next(program: Program, lines: readonly JournalLine[], problem: DroverError): NextTry | undefined {
    const seconds = bootAtHand(program, lines);
    if (seconds !== undefined && BOOTING.includes(problem.code)) return this.#boot(seconds);
    if (problem.code !== "UNREACHABLE" || this.#tries === RECONNECTS) return undefined;
    this.#tries += 1;
    return { says: `${problem.message}; connecting again`, after: 1000 * this.#tries, isBooting: false };
  }

  #boot(seconds: number): NextTry | undefined {
    if (this.#until === undefined) {
      this.#until = this.#clock.now() + seconds * 1000;
      return { says: `it boots, and the run goes on when it lets us in again (within ${seconds} s)`, ...LOOK };
    }
    return this.#clock.now() < this.#until ? LOOK : undefined;
  }
}

/** Seconds within which the machine comes back, when the step that ran last boots it. Pure. */
export function bootAtHand(program: Program, lines: readonly JournalLine[]): number | undefined {
  const last = lines.findLast(({ t }) => t === "start" || t === "done" || t === "failed");
  if (last?.t !== "start") return undefined;
  const boots = changesIn(program)[last.n]?.steps.flatMap((step) => (step.kind === "exec" ? (step.reboots ?? []) : []));
  return boots?.[0];
}
