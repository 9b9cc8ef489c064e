import { systemClock } from "../lib/clock.ts";
import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { JournalLine } from "../model/journal.ts";
import type { Program } from "../model/program.ts";
import type { SecretValues } from "../model/secret.ts";
import type { Session } from "../model/session.ts";
import { Again } from "./again.ts";
import { confirmAnew } from "./confirm.ts";
import type { Hosts } from "./hosts.ts";
import { letGo } from "./let-go.ts";
import { lookAfter } from "./look-after.ts";
import type { Views } from "./outputs.ts";
import { Progress } from "./progress.ts";
import { inBatches, type Rolling } from "./rolling.ts";
import type { Shelves } from "./shelves.ts";
import type { Unproven } from "./verify.ts";

/** Makes a blob available on a target, over the session's streams. */
export type Supply = (machine: string, blob: string, session: Session, signal: AbortSignal) => Promise<Supplied>;

/** What became known by that: of an app's image, the digest of the base that it stands on. */
export interface Supplied {
  readonly app?: string;
  readonly base?: string;
}

export interface Applying {
  readonly hosts: Hosts;
  readonly secrets: SecretValues;
  readonly supply: Supply;
  readonly shelves: Shelves;
  /** What each machine answered when the plan was made. */
  readonly seen: Views;
  readonly rolling: Rolling;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface HostOutcome {
  readonly machine: string;
  readonly lines: readonly JournalLine[];
  /** The program as it ran, with what was known after apply only filled in. */
  readonly program: Program;
  /** What ended it early on the client's side: a build that failed, a lost connection. */
  readonly error: DroverError | undefined;
  /** What was not as promised when all of the host's changes were done, and looked at once more. */
  readonly unproven: readonly Unproven[];
  /** Why it did not even begin: too many others failed before its turn came. */
  readonly left?: string;
}

/**
 * Runs one program per host, all at once but for those that go batch by batch; a host waits for another only where a change
 * needs one of its changes.
 */
export async function applyPrograms(
  programs: ReadonlyMap<string, Program>,
  applying: Applying,
): Promise<HostOutcome[]> {
  const done = new Progress(applying.seen);
  const ofMachine = (machine: string): Program => {
    const program = programs.get(machine);
    if (program === undefined) throw new DroverError("INTERNAL", `no program for ${machine}`);
    return program;
  };
  return inBatches([...programs.keys()], applying.rolling, {
    work: (machine) => {
      const program = ofMachine(machine);
      return applyHost(machine, program, applying, done).finally(() => done.end(program));
    },
    isFailed: ({ lines, error, unproven }) =>
      error !== undefined || unproven.length > 0 || !lines.some((line) => line.t === "end" && line.ok),
    leave: (machine, why) => {
      const program = ofMachine(machine);
      done.end(program);
      return { machine, lines: [], program, error: undefined, unproven: [], left: why };
    },
    say: (text) => applying.emit({ event: "note", text }),
  });
}

async function applyHost(machine: string, given: Program, applying: Applying, done: Progress): Promise<HostOutcome> {
  const running: Running = { machine, lines: [], program: given, released: new Set(), error: undefined };
  const again = new Again();
  for (let isBooting = false; ; ) {
    try {
      const session = await applying.hosts.session(machine, applying.signal, isBooting);
      await followRun(running, session, applying, done);
      const unproven = await lookAfter(running.program, running.lines, session, applying.signal);
      return { ...outcomeOf(running), unproven };
    } catch (problem) {
      if (applying.signal.aborted) throw await cancelled(running, applying, problem);
      const known = DroverError.is(problem)
        ? problem
        : new DroverError("INTERNAL", String(problem), { cause: problem });
      const next = again.next(running.program, running.lines, known);
      if (next === undefined) return { ...outcomeOf(running), error: known };
      if (next.says !== undefined) applying.emit({ event: "note", text: `${machine}: ${next.says}` });
      isBooting = next.isBooting;
      await applying.hosts.drop(machine);
      await systemClock.sleep(next.after, applying.signal).catch(() => undefined);
    }
  }
}

/** How far a host has come. */
interface Running {
  readonly machine: string;
  readonly lines: JournalLine[];
  readonly released: Set<number>;
  program: Program;
  error: DroverError | undefined;
}

function outcomeOf({ machine, lines, program, error }: Running): HostOutcome {
  return { machine, lines, program, error, unproven: [] };
}

/** Starts the host's program, or takes it up where it is, and follows it to its end. */
async function followRun(running: Running, session: Session, applying: Applying, done: Progress): Promise<void> {
  const { machine, lines, released } = running;
  for await (const line of session.run(running.program, applying.secrets, applying.signal)) {
    if (!lines.some((seen) => seen.seq === line.seq)) {
      lines.push(line);
      applying.emit({ event: "journal", machine, line });
      done.note(machine, line);
      for (const text of saidIn(line)) applying.emit({ event: "note", text: `${machine}: ${text}` });
    }
    if (line.t === "guard" && line.state === "asking")
      await confirmAnew(machine, running.program, line.segment, applying);
    // Also one that was seen before a lost link: it may not have been let go yet.
    if (line.t === "waiting" && !released.has(line.segment)) {
      const gone = await letGo(machine, running.program, line.segment, session, applying, done);
      if (DroverError.is(gone)) running.error = gone;
      else running.program = gone;
      released.add(line.segment);
    }
  }
}

function saidIn(line: JournalLine): string[] {
  return line.t === "done" && line.said !== undefined ? line.said.split("\n") : [];
}

/** Asks the runner to end before its next segment; the step at hand is left to end by itself. */
async function cancelled({ machine, program }: Running, applying: Applying, cause: unknown): Promise<DroverError> {
  const signal = AbortSignal.timeout(5000);
  try {
    const session = await applying.hosts.session(machine, signal);
    await session.cancel(program, signal);
  } catch {
    // No way to tell it: without its client it ends by itself before the next held segment.
  }
  const message = "cancelled: the step at hand ends on the host; the next run finishes or goes back";
  return new DroverError("CANCELLED", message, { cause });
}
