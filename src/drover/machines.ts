import type { Plan } from "../model/plan.ts";
import { ownerOf } from "../model/stack.ts";
import type { Context } from "./context.ts";

/** What a `forget` of a machine is recorded under. */
export const MACHINE = "machine:";

/**
 * The stack's machines as every journal names them (key -> machine-id): those of this run, and those that earlier runs
 * knew. One that left the file so stays known until it is forgotten.
 */
export function knownMachines(plan: Plan, context: Context): Record<string, string> {
  const now = Object.fromEntries(plan.hosts.map((host) => [host.machine, host.machineId]));
  const forgotten = new Set(
    plan.hosts
      .flatMap((host) => host.records)
      .flatMap((note) =>
        note.kind === "forget" && note.id.startsWith(MACHINE) ? [note.id.slice(MACHINE.length)] : [],
      ),
  );
  const ids = new Set(Object.values(now));
  const before = [...context.seen.values()].flatMap((seen) =>
    Object.entries(seen.memory.stacks[ownerOf(context.stack)]?.machines ?? {}),
  );
  const kept = before.filter(([key, id]) => !forgotten.has(key) && !ids.has(id));
  return { ...Object.fromEntries(kept), ...now };
}
