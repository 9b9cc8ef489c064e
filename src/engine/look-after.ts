import type { JournalLine } from "../model/journal.ts";
import { changesIn, type Program } from "../model/program.ts";
import type { Session } from "../model/session.ts";
import { type Unproven, verify } from "./verify.ts";

/**
 * Reads everything that the program of a host promised once more, when it has ended well; then lets the runner begin with what
 * nobody waits for. Answers what is not as it was promised, although each change was proven in its turn.
 */
export async function lookAfter(
  program: Program,
  lines: readonly JournalLine[],
  session: Session,
  signal: AbortSignal,
): Promise<Unproven[]> {
  const isGood = lines.some((line) => line.t === "end" && line.ok);
  const unproven = isGood ? await verify(changesIn(program), session, signal) : [];
  if (program.farewell !== true) await session.seen(program, signal);
  return unproven;
}
