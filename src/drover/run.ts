import { randomBytes } from "node:crypto";
import type { RunEvent, RunOptions } from "../api.ts";
import { selectMachines } from "../engine/hosts.ts";
import { DroverError } from "../lib/error.ts";
import { gather } from "../lib/pool.ts";
import type { Note } from "../model/journal.ts";
import { ownerOf } from "../model/stack.ts";
import type { Context } from "./context.ts";
import { runRemote } from "./remote-command.ts";
import { newRunId, userAtHost } from "./run-header.ts";

/** Runs a command on machines side by side: what it prints, line by line, and how it ended on each. */
export async function* run(context: Context, argv: readonly string[], options: RunOptions): AsyncIterable<RunEvent> {
  const { signal, user = "", concurrency, on } = options;
  const command = {
    mark: `drover-${randomBytes(12).toString("hex")}`,
    args: [newRunId(Date.now(), randomBytes(4).toString("hex")), ...notesOf(context, argv, options), user, ...argv],
  };
  const machines = selectMachines(context.stack, on);
  yield* gather<string, RunEvent>(machines, concurrency, async (machine, tell) => {
    if (signal.aborted) return;
    try {
      const session = await context.hosts.session(machine, signal);
      tell({ event: "exit", machine, code: await runRemote(session, command, tell, signal) });
    } catch (error) {
      if (!signal.aborted) tell({ event: "failed", machine, error: asError(error, machine) });
    }
  });
}

/** What the journal says of it, without the braces: the host adds the exit code. */
function notesOf(context: Context, argv: readonly string[], { user, recorded = argv }: RunOptions): string[] {
  const owner = ownerOf(context.stack);
  const as = user === undefined ? {} : { user };
  const begun: Note = { kind: "command", owner, by: userAtHost(), argv: recorded, ...as };
  const ended: Omit<Extract<Note, { kind: "exit" }>, "code"> = { kind: "exit", owner };
  return [begun, ended].map((note) => JSON.stringify(note).slice(1, -1));
}

function asError(error: unknown, machine: string): DroverError {
  if (DroverError.is(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new DroverError("UNREACHABLE", `the connection to ${machine} ended: ${text}`, {
    where: { machine },
    hint: "how the command ended is in its journal, if it has: drover history",
    cause: error,
  });
}
