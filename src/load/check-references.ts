import { nearest } from "../lib/nearest.ts";
import { isOutputRef, type OutputRef, referredId, referredMachine } from "../model/reference.ts";
import { unknownMachine } from "./check-machines.ts";
import type { Draft } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";
import { machinesNamed } from "./groups.ts";
import { listOf, textsOf } from "./parts.ts";

/** What is wrong with outputs that are referred to: machines and resources that are not there. */
export function checkReferences(draft: Draft, machines = Object.keys(draft.resources)): Fault[] {
  const resources = machines.flatMap((machine) =>
    (draft.resources[machine] ?? []).flatMap(({ path, fields }) => refsAt(fields["spec"], path).map(from(machine))),
  );
  const apps = Object.entries(draft.apps).flatMap(([name, { on, ...fields }]) => {
    const [machine = ""] = machinesOn(on, draft);
    return refsAt(fields, ["apps", name]).map(from(machine));
  });
  return [...resources, ...apps].flatMap((seen) => checkReference(seen, draft));
}

interface Seen {
  readonly ref: OutputRef;
  readonly path: readonly PropertyKey[];
  readonly machine: string;
}

function machinesOn(on: unknown, { groups }: Draft): string[] {
  return machinesNamed(
    textsOf(on).map(({ text }) => text),
    groups,
  );
}

function from(machine: string): (seen: Omit<Seen, "machine">) => Seen {
  return (seen) => ({ ...seen, machine });
}

function refsAt(value: unknown, path: readonly PropertyKey[]): Omit<Seen, "machine">[] {
  if (isOutputRef(value)) return [{ ref: value, path }];
  if (typeof value !== "object" || value === null) return [];
  const parts = Array.isArray(value) ? [...listOf(value).entries()] : Object.entries(value);
  return parts.flatMap(([key, part]) => refsAt(part, [...path, key]));
}

function checkReference({ ref, path, machine }: Seen, draft: Draft): Fault[] {
  const on = referredMachine(ref, machine);
  if (!Object.hasOwn(draft.machines, on)) return [{ path, text: unknownMachine(on, draft) }];
  const id = referredId(ref, machine)?.slice(on.length + 1);
  const known = (draft.resources[on] ?? []).flatMap((resource) => resource.id ?? []);
  // Apps bring things of their own, which the engine knows when it plans.
  const hasApps = Object.values(draft.apps).some((app) => machinesOn(app["on"], draft).includes(on));
  if (id === undefined || hasApps || known.includes(id)) return [];
  const meant = nearest(id, known);
  const text = `no resource of ${quoted(on)} is ${quoted(id)}`;
  return [{ path, text: meant === undefined ? text : `${text}; did you mean ${quoted(meant)}?` }];
}
