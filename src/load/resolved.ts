import type { z } from "zod";
import type { Stack, stackSchema } from "../model/stack.ts";
import type { Draft } from "./draft.ts";
import { machinesNamed } from "./groups.ts";

/** The parts of a stack that name machines, with the machines in place of their groups. Pure. */
export function resolved(
  stack: z.output<typeof stackSchema>,
  { groups }: Pick<Draft, "groups">,
): Pick<Stack, "machines" | "apps"> & { readonly groups: NonNullable<Stack["groups"]> } {
  const machines = Object.entries(stack.machines).map(([key, { values: _, ...machine }]) => [key, machine]);
  const apps = Object.entries(stack.apps).map(([name, app]) => {
    if (typeof app.on === "string" && !groups.has(app.on)) return [name, app];
    return [name, { ...app, on: machinesNamed(typeof app.on === "string" ? [app.on] : app.on, groups) }];
  });
  const named = [...groups].map(([name, members]) => {
    const written = stack.groups[name];
    const { batch = undefined, maxFailures = 0 } = written === undefined || Array.isArray(written) ? {} : written;
    return [name, { machines: members, batch, maxFailures }];
  });
  return {
    machines: Object.fromEntries(machines),
    apps: Object.fromEntries(apps),
    groups: Object.fromEntries(named),
  };
}
