import type { HeldSpec, Memory, Note } from "../model/journal.ts";
import { type Resource, resourceId } from "../model/resource.ts";

/** An undo that is being planned on one machine. */
export interface Holding {
  readonly to: string;
  readonly things: Readonly<Record<string, HeldSpec>>;
}

export interface HeldView {
  readonly resources: readonly Resource[];
  readonly records: readonly Note[];
  readonly notes: readonly string[];
}

/** Puts what an undo holds in place of what the file says. Pure. */
export function withHeld(
  machine: string,
  owner: string,
  resources: readonly Resource[],
  memory: Memory,
  { lift, hold }: { readonly lift: boolean; readonly hold: Holding | undefined },
): HeldView {
  const inForce = lift ? {} : (memory.held?.[owner] ?? {});
  const things: Readonly<Record<string, HeldSpec>> = { ...inForce, ...hold?.things };
  const ids = Object.keys(things);
  const records: Note[] = [
    ...(lift && memory.held?.[owner] !== undefined ? [{ kind: "unhold" as const, owner }] : []),
    ...(hold === undefined ? [] : [{ kind: "hold" as const, owner, ...hold, by: "" }]),
  ];
  if (ids.length === 0) return { resources, records, notes: [] };
  const gone = new Set(ids.filter((id) => things[id]?.spec === undefined).map((id) => `${machine}/${id}`));
  const known = new Map(resources.map((resource) => [resource.id, resource]));
  const held = ids.flatMap((id) => heldResource(machine, id, things[id]?.spec, known));
  const taken = new Set([...gone, ...held.map((resource) => resource.id)]);
  const all = [...resources.filter((resource) => !taken.has(resource.id)), ...held];
  return {
    resources: all.map((one) => ({ ...one, needs: one.needs.filter((need) => !gone.has(need)) })),
    records,
    notes: [...inForceNotes(machine, owner, memory, lift), ...plannedNotes(machine, hold)],
  };
}

function heldResource(
  machine: string,
  id: string,
  spec: HeldSpec["spec"],
  known: ReadonlyMap<string, Resource>,
): Resource[] {
  if (spec === undefined) return [];
  const at = id.indexOf(":");
  const [type, name] = [id.slice(0, at), id.slice(at + 1)];
  const full = resourceId(machine, type, name);
  const base = known.get(full) ?? { id: full, type, name, on: machine, needs: [] };
  return [{ ...base, spec }];
}

function inForceNotes(machine: string, owner: string, memory: Memory, lift: boolean): string[] {
  const held = Object.entries(lift ? {} : (memory.held?.[owner] ?? {}));
  const runs = Map.groupBy(held, ([, one]) => `${one.to} ${one.by}`);
  return [...runs.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [, { to, by }] = first;
    const ids = group.map(([id]) => id).join(", ");
    return [
      `on ${machine} ${ids}: as run ${to} left it, put back by ${by}; \`drover up --lift\` goes back to the file`,
    ];
  });
}

function plannedNotes(machine: string, hold: Holding | undefined): string[] {
  if (hold === undefined) return [];
  return [`${machine} goes back to what run ${hold.to} left, and stays there until \`drover up --lift\``];
}
