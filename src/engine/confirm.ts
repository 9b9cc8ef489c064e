import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { Program } from "../model/program.ts";
import type { Hosts } from "./hosts.ts";
import type { Views } from "./outputs.ts";

interface Confirming {
  readonly hosts: Hosts;
  /** What each machine answered when the plan was made. */
  readonly seen: Views;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Seconds for the new connection: less than the runner waits, so that it is told why nothing came. */
const WITHIN = 20_000;

/**
 * Comes in anew, as the next command would, and lets stay what could have locked us out. When that fails nothing is to be done:
 * the host puts it back by itself.
 */
export async function confirmAnew(
  machine: string,
  program: Program,
  segment: number,
  { hosts, seen, emit, signal }: Confirming,
): Promise<void> {
  emit({ event: "note", text: `${machine}: connecting anew, to see that you can still come in` });
  const within = AbortSignal.any([signal, AbortSignal.timeout(WITHIN)]);
  try {
    await using session = await hosts.fresh(machine, within);
    const answers = await session.ask([{ kind: "fact", arg: "all" }], within);
    const [now, before] = [answers.get("fact:uid"), seen.get(machine)?.get("fact:uid")];
    if (before !== undefined && now !== before)
      throw new DroverError("RIGHTS", `a new connection to ${machine} does not become root any more`);
    await session.confirm(program, segment, true, within);
  } catch (problem) {
    signal.throwIfAborted();
    const why = DroverError.is(problem) ? problem.message : "it did not come in time";
    emit({
      event: "note",
      text: `${machine}: no new connection comes in (${why}); the host puts back what it changed`,
    });
    await deny(machine, program, segment, hosts);
  }
}

/** Over the connection that is there, so that it is put back at once; without one the host does not wait for long either. */
async function deny(machine: string, program: Program, segment: number, hosts: Hosts): Promise<void> {
  const signal = AbortSignal.timeout(2000);
  try {
    await (await hosts.session(machine, signal)).confirm(program, segment, false, signal);
  } catch {
    // The link is cut, too: the host waits until its time is over.
  }
}
