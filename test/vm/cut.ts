import { createDrover } from "../../src/drover.ts";
import type { Event } from "../../src/model/event.ts";
import type { JournalLine } from "../../src/model/journal.ts";
import { changesOf } from "../../src/model/plan.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { Bench } from "./machine.ts";

/** When the power of the machine goes: a while after the journal has such a line. */
export interface Point {
  readonly name: string;
  readonly is: (line: JournalLine) => boolean;
  /** ms after it. */
  readonly after: number;
  /** The plug, or the reset button. */
  readonly by: "cut" | "reset";
}

/**
 * Applies a stack until the point is reached, and takes the machine's power and the client with it. Resolves when the machine
 * has booted again; answers how many changes there were to make.
 */
export async function upUntil(at: Bench, stack: Stack, point: Point): Promise<number> {
  const gone = new AbortController();
  const { secrets } = at.world;
  await using drover = createDrover();
  const plan = await drover.plan(stack, { signal: gone.signal, secrets, emit: () => undefined });
  if (plan.problems.length > 0) throw new Error(JSON.stringify(plan.problems));
  const reached = Promise.withResolvers<void>();
  const emit = (event: Event): void => {
    if (event.event === "journal" && point.is(event.line)) reached.resolve();
  };
  const options = { signal: gone.signal, secrets, emit, only: [], allowDelete: false, command: "up" };
  const applied = drover.apply(stack, plan, options).then(
    () => false,
    () => false,
  );
  const isReached = await Promise.race([reached.promise.then(() => true), applied]);
  if (!isReached) throw new Error(`the run ended before it came to "${point.name}"`);
  await new Promise((next) => setTimeout(next, point.after));
  const back = point.by === "cut" ? at.vm.cutPower() : at.vm.reset();
  gone.abort();
  await Promise.all([back, applied]);
  return changesOf(plan).length;
}

/** The lines of the machine's journal as they are; the last one may be torn, which the next run heals. */
export async function journalOf(at: Bench): Promise<JournalLine[]> {
  const text = await at.out("cat /var/lib/drover/journal 2>/dev/null || true");
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    try {
      return [JSON.parse(line) as JournalLine]; // what it has is looked at by whoever asks
    } catch (error) {
      if (index === lines.length - 1) return [];
      throw new Error(`line ${index + 1} of ${lines.length} of the journal is no JSON: ${line}`, { cause: error });
    }
  });
}
