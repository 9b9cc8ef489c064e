import { systemClock } from "../lib/clock.ts";
import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { JournalLine } from "../model/journal.ts";
import type { Item, Program, Segment } from "../model/program.ts";
import type { SecretValues } from "../model/secret.ts";
import type { Session } from "../model/session.ts";
import { confirmAnew } from "./confirm.ts";
import type { Hosts } from "./hosts.ts";
import type { Views } from "./outputs.ts";
import { Progress } from "./progress.ts";
import { refineSegment } from "./refine.ts";
import { inBatches, type Rolling } from "./rolling.ts";
import type { Shelves } from "./shelves.ts";

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
  /** Why it did not even begin: too many others failed before its turn came. */
  readonly left?: string;
}

/** How often a lost link is taken up again before we give up. */
const RECONNECTS = 5;

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
    isFailed: ({ lines, error }) => error !== undefined || !lines.some((line) => line.t === "end" && line.ok),
    leave: (machine, why) => {
      const program = ofMachine(machine);
      done.end(program);
      return { machine, lines: [], program, error: undefined, left: why };
    },
    say: (text) => applying.emit({ event: "note", text }),
  });
}

async function applyHost(machine: string, given: Program, applying: Applying, done: Progress): Promise<HostOutcome> {
  const lines: JournalLine[] = [];
  let program = given;
  const released = new Set<number>();
  let error: DroverError | undefined;
  for (let tries = 0; tries <= RECONNECTS; tries += 1) {
    try {
      const session = await applying.hosts.session(machine, applying.signal);
      for await (const line of session.run(program, applying.secrets, applying.signal)) {
        if (!lines.some((seen) => seen.seq === line.seq)) {
          lines.push(line);
          applying.emit({ event: "journal", machine, line });
          done.note(machine, line);
          for (const text of saidIn(line)) applying.emit({ event: "note", text: `${machine}: ${text}` });
        }
        if (line.t === "guard" && line.state === "asking") await confirmAnew(machine, program, line.segment, applying);
        // Also one that was seen before a lost link: it may not have been let go yet.
        if (line.t === "waiting" && !released.has(line.segment)) {
          const gone = await letGo(machine, program, line.segment, session, applying, done);
          if (DroverError.is(gone)) error = gone;
          else program = gone;
          released.add(line.segment);
        }
      }
      break;
    } catch (problem) {
      if (applying.signal.aborted) {
        await cancel(machine, program, applying);
        throw new DroverError(
          "CANCELLED",
          "cancelled: the step at hand ends on the host; the next run finishes or goes back",
          { cause: problem },
        );
      }
      const known = DroverError.is(problem)
        ? problem
        : new DroverError("INTERNAL", String(problem), { cause: problem });
      if (known.code !== "UNREACHABLE" || tries === RECONNECTS) return { machine, lines, program, error: known };
      applying.emit({ event: "note", text: `${machine}: ${known.message}; connecting again` });
      await applying.hosts.drop(machine);
      await systemClock.sleep(1000 * (tries + 1), applying.signal);
    }
  }
  return { machine, lines, program, error };
}

function saidIn(line: JournalLine): string[] {
  return line.t === "done" && line.said !== undefined ? line.said.split("\n") : [];
}

/** Brings what a held segment waits for, then releases it; tells the runner all the while that we live. */
async function letGo(
  machine: string,
  program: Program,
  index: number,
  session: Session,
  applying: Applying,
  done: Progress,
): Promise<DroverError | Program> {
  const segment: Segment | undefined = program.segments[index];
  using beats = heartbeat(session, program, applying.signal);
  try {
    const failed = await done.failedOf(segment?.awaits ?? [], applying.signal);
    let known = withFailed(program, index, failed);
    for (const blob of segment?.blobs ?? []) {
      known = withBase(known, await applying.supply(machine, blob, session, applying.signal));
    }
    beats.stop();
    const refining = { owner: program.header.owner, shelves: applying.shelves, views: done.views };
    known = refineSegment(machine, known, index, refining);
    await session.release(known, index, applying.secrets, applying.signal);
    return known;
  } catch (problem) {
    beats.stop();
    if (applying.signal.aborted) throw problem;
    if (DroverError.is(problem) && problem.code === "UNREACHABLE") throw problem;
    await session.cancel(program, applying.signal);
    return DroverError.is(problem) ? problem : new DroverError("INTERNAL", String(problem), { cause: problem });
  }
}

/** Releases of the app are recorded with its base. */
function withBase(program: Program, { app, base }: Supplied): Program {
  if (app === undefined || base === undefined) return program;
  const noted = (item: Item): Item => {
    if (item.kind !== "note" || item.note.kind !== "release" || item.note.record.app !== app) return item;
    const note = { ...item.note, record: { ...item.note.record, base } };
    return { ...item, note, ...(item.otherwise === undefined ? {} : { otherwise: { ...note, failed: true } }) };
  };
  return { ...program, segments: program.segments.map((one) => ({ ...one, items: one.items.map(noted) })) };
}

/** The runner blocks what needs them, and goes on with the rest. */
function withFailed(program: Program, index: number, failed: readonly string[]): Program {
  if (failed.length === 0) return program;
  return { ...program, segments: program.segments.map((one, at) => (at === index ? { ...one, failed } : one)) };
}

function heartbeat(session: Session, program: Program, signal: AbortSignal): Disposable & { stop(): void } {
  const timer = setInterval(() => {
    // A beat that cannot be sent means a lost link, which the work itself will meet.
    session.beat(program, signal).catch(() => clearInterval(timer));
  }, 5000);
  const stop = (): void => clearInterval(timer);
  return { stop, [Symbol.dispose]: stop };
}

/** Asks the runner to end before its next segment; the step at hand is left to end by itself. */
async function cancel(machine: string, program: Program, applying: Applying): Promise<void> {
  const signal = AbortSignal.timeout(5000);
  try {
    const session = await applying.hosts.session(machine, signal);
    await session.cancel(program, signal);
  } catch {
    // No way to tell it: without its client it ends by itself before the next held segment.
  }
}
