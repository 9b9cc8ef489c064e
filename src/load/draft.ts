import { canonical } from "../lib/ndjson.ts";
import { type Groups, groupsOf } from "./groups.ts";
import { type Fields, fieldsOf, recordOf } from "./parts.ts";
import { type RoleResults, roleNumber, roleResult } from "./roles.ts";

/**
 * A stack as written, before it is known to be right: what can be read of it, so that all that is wrong can be told at
 * once. Whatever has the wrong kind is left out here; the schemas tell about it.
 */
export interface Draft {
  readonly machines: Readonly<Record<string, Fields>>;
  /** The groups as they are written, and the machines of each. */
  readonly written: Fields;
  readonly groups: Groups;
  /** By machine: what is said of its groups is said of it. A key that is neither stays as it is. */
  readonly resources: Readonly<Record<string, readonly DraftResource[]>>;
  readonly apps: Readonly<Record<string, Fields>>;
}

export interface DraftResource {
  /** Where it is written, whatever machine it is for. */
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly fields: Fields;
  /** `type:name`, or undefined where one of them is not a text. */
  readonly id: string | undefined;
}

export function draftOf(value: unknown, roles: RoleResults = new Map()): Draft {
  const stack = fieldsOf(value);
  const machines = recordOf(stack["machines"]);
  const written = fieldsOf(stack["groups"]);
  const groups = groupsOf(written, Object.keys(machines));
  const keys = Object.keys(fieldsOf(stack["resources"])).filter((key) => !groups.has(key));
  const resources = [...new Set([...Object.keys(machines), ...keys])].map(
    (machine) => [machine, resourcesFor(machine, value, groups, roles)] as const,
  );
  const some = resources.filter(([key, list]) => list.length > 0 || keys.includes(key));
  return { machines, written, groups, resources: Object.fromEntries(some), apps: recordOf(stack["apps"]) };
}

/** What is written for a machine, under its own key and those of its groups. */
export function resourcesFor(machine: string, value: unknown, groups: Groups, roles: RoleResults): DraftResource[] {
  const lists = Object.entries(fieldsOf(fieldsOf(value)["resources"])).filter(
    ([key]) => key === machine || groups.get(key)?.includes(machine) === true,
  );
  return withoutSame(lists.flatMap(([key, list]) => entriesOf(list, ["resources", key], machine, roles)));
}

/** The resources of a list, of lists in it, and of what roles in it have returned for this machine. */
function entriesOf(value: unknown, path: readonly PropertyKey[], machine: string, roles: RoleResults): DraftResource[] {
  if (Array.isArray(value)) {
    return Array.from(value, (entry: unknown, index) => entriesOf(entry, [...path, index], machine, roles)).flat();
  }
  const role = roleNumber(value);
  if (role !== undefined) return entriesOf(roleResult(roles, role, machine), path, machine, roles);
  return path.length === 2 ? [] : [draftResource(value, path)];
}

function draftResource(value: unknown, path: readonly PropertyKey[]): DraftResource {
  const fields = fieldsOf(value);
  const { type, name } = fields;
  const id = typeof type === "string" && typeof name === "string" ? `${type}:${name}` : undefined;
  return { path, value, fields, id };
}

/** Two groups or roles may want the same thing of a machine, if they want it alike; one list says it once. */
function withoutSame(resources: readonly DraftResource[]): DraftResource[] {
  const seen = new Map<string, DraftResource[]>();
  return resources.filter((resource) => {
    const { id, path } = resource;
    if (id === undefined) return true;
    const others = seen.get(id) ?? [];
    seen.set(id, [...others, resource]);
    const isSame = (other: DraftResource): boolean => !isBeside(other.path, path) && wanted(other) === wanted(resource);
    return !others.some(isSame);
  });
}

/** What a resource says, wherever it was written. */
function wanted({ fields: { at: _, ...rest } }: DraftResource): string {
  return canonical(rest);
}

function isBeside(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  return one.length === other.length && one.slice(0, -1).every((key, index) => key === other[index]);
}
