import { DroverError } from "../lib/error.ts";
import type { Item, Program, Segment } from "../model/program.ts";
import type { Session } from "../model/session.ts";
import type { Applying, Supplied } from "./apply.ts";
import type { Progress } from "./progress.ts";
import { refineSegment } from "./refine.ts";

/** Brings what a held segment waits for, then releases it; tells the runner all the while that we live. */
export async function letGo(
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
    return withoutHold(known, index);
  } catch (problem) {
    beats.stop();
    if (applying.signal.aborted) throw problem;
    if (DroverError.is(problem) && problem.code === "UNREACHABLE") throw problem;
    await session.cancel(program, applying.signal);
    return DroverError.is(problem) ? problem : new DroverError("INTERNAL", String(problem), { cause: problem });
  }
}

/** What was let go goes along when a boot makes the runner start again. */
function withoutHold(program: Program, index: number): Program {
  const { segments } = program;
  return { ...program, segments: segments.map((one, at) => (at === index ? { ...one, held: false } : one)) };
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
