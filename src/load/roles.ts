import type { RoleFacts, RoleMachine } from "../authoring/roles.ts";
import { groupsOf } from "./groups.ts";
import { fieldsOf, recordOf } from "./parts.ts";

/** What stands where a stack file has a role: the function itself stays in its thread. */
const ROLE = "drover:role";

/** What stands for a role in plain data. */
export function roleMark(number: number): object {
  return { [ROLE]: number };
}

/** The number of the role that stands here, if one does. */
export function roleNumber(value: unknown): number | undefined {
  const number = fieldsOf(value)[ROLE];
  return typeof number === "number" ? number : undefined;
}

/** What roles returned, by machine and role. */
export type RoleResults = ReadonlyMap<string, unknown>;

export function resultKey(role: number, machine: string): string {
  return `${role} ${machine}`;
}

export function roleResult(results: RoleResults, role: number, machine: string): unknown {
  return results.get(resultKey(role, machine)) ?? [];
}

/** A role that is to be called for a machine, and where it is written. */
export interface RoleUse {
  readonly role: number;
  readonly machine: string;
  readonly path: readonly PropertyKey[];
}

/** Every role with every machine that it is for. Pure. */
export function roleUses(value: unknown): RoleUse[] {
  const stack = fieldsOf(value);
  const keys = Object.keys(recordOf(stack["machines"]));
  const groups = groupsOf(fieldsOf(stack["groups"]), keys);
  return Object.entries(fieldsOf(stack["resources"])).flatMap(([key, list]) => {
    const machines = groups.get(key) ?? keys.filter((machine) => machine === key);
    return rolesIn(list, ["resources", key]).flatMap((found) => machines.map((machine) => ({ ...found, machine })));
  });
}

function rolesIn(value: unknown, path: readonly PropertyKey[]): Omit<RoleUse, "machine">[] {
  if (Array.isArray(value)) return value.flatMap((part, index) => rolesIn(part, [...path, index]));
  const role = roleNumber(value);
  return role === undefined ? [] : [{ role, path }];
}

/** What roles are told of the machines that they are called for. Pure. */
export function roleMachines(value: unknown, environment: string): (name: string) => RoleMachine {
  const stack = fieldsOf(value);
  const machines = recordOf(stack["machines"]);
  const groups = [...groupsOf(fieldsOf(stack["groups"]), Object.keys(machines))];
  return (name) => ({
    name,
    groups: groups.flatMap(([group, members]) => (members.includes(name) ? [group] : [])),
    environment,
    values: fieldsOf(machines[name]?.["values"]),
  });
}

/** What a role is called with before its machine was asked: a plain Debian. Only the ids of what it returns count then. */
export function sampleFacts(machine: string): RoleFacts {
  return {
    ...{ arch: "x64", os: "debian", release: "bookworm", init: "systemd", hostname: machine },
    ...{ address: "192.0.2.1", addresses: ["192.0.2.1"], memoryMb: 4096 },
  };
}
