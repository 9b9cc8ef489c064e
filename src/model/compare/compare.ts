import type { Declared, Stack } from "../stack.ts";
import { groupNames, type Subjects, subjectsOf } from "./subjects.ts";
import { fieldsIn, type Shown } from "./values.ts";

/** A field that is not the same; without a side where it is not there. */
export interface FieldDifference {
  readonly path: string;
  readonly from?: string;
  readonly to?: string;
}

/** A thing that is not the same in two environments, or is in one of them only. */
export interface Difference {
  readonly kind: "stack" | "machine" | "group" | "resource" | "app";
  /** Its name; of a resource `machine/type:name`, or `group/type:name` where the machines have other keys. */
  readonly id: string;
  readonly only?: "from" | "to";
  readonly fields: readonly FieldDifference[];
}

/** Where two stacks differ in kind: machines, groups, resources and apps by their ids. Pure; asks no machine. */
export function compareStacks(from: Stack, to: Stack): Difference[] {
  const subjects = subjectsOf(from, to);
  const own = ({ name, id }: Stack): object => ({ name, id });
  return [
    ...compareThings("stack", { stack: fieldsIn(own(from)) }, { stack: fieldsIn(own(to)) }),
    ...compareThings("machine", machineRows(from, subjects), machineRows(to, subjects)),
    ...compareThings("group", groupRows(from), groupRows(to)),
    ...resourceDifferences(from, to, subjects),
    ...compareThings("app", appRows(from, subjects), appRows(to, subjects)),
  ];
}

/** Fields by path, and a thing's fields by its id. */
type Row = ReadonlyMap<string, Shown>;
type Rows = Readonly<Record<string, Row>>;

function compareThings(kind: Difference["kind"], from: Rows, to: Rows): Difference[] {
  const ids = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return ids.flatMap((id): Difference[] => {
    const [before, after] = [from[id], to[id]];
    if (before === undefined) return [{ kind, id, only: "to", fields: [] }];
    if (after === undefined) return [{ kind, id, only: "from", fields: [] }];
    const fields = fieldDifferences(before, after);
    return fields.length === 0 ? [] : [{ kind, id, fields }];
  });
}

function fieldDifferences(from: Row, to: Row): FieldDifference[] {
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((path) => {
    const [before, after] = [from.get(path), to.get(path)];
    if (before?.raw === after?.raw) return [];
    // Two that may not be shown may look alike.
    const other = before?.text === after?.text ? ", other ones" : "";
    return [
      {
        path,
        ...(before === undefined ? {} : { from: before.text }),
        ...(after === undefined ? {} : { to: after.text + other }),
      },
    ];
  });
}

/** Machines of a group that both have are told by their number, not one by one. */
function machineRows(stack: Stack, subjects: Subjects): Rows {
  const own = Object.entries(stack.machines).filter(([key]) => [key, undefined].includes(subjects.of(key, stack)));
  return Object.fromEntries(own.map(([key, { was: _, ...machine }]) => [key, fieldsIn(machine)]));
}

function groupRows({ groups = {}, ...stack }: Stack): Rows {
  return Object.fromEntries(
    groupNames({ ...stack, groups }).map((name) => {
      const { machines = [], batch, maxFailures } = groups[name] ?? {};
      return [
        name,
        fieldsIn({ machines: machines.length, batch, maxFailures: batch === undefined ? undefined : maxFailures }),
      ];
    }),
  );
}

function appRows(stack: Stack, subjects: Subjects): Rows {
  const apps = Object.entries(stack.apps).map(([name, { was: _, ...app }]) => {
    const on = typeof app.on === "string" ? [app.on] : app.on;
    const named = [...new Set(on.map((machine) => subjects.of(machine, stack) ?? machine))];
    return [name, fieldsIn({ ...app, on: named })];
  });
  return Object.fromEntries(apps);
}

/** Things on machines that are in one environment only go without saying. */
function resourceDifferences(from: Stack, to: Stack, { machines, groups }: Subjects): Difference[] {
  const ofMachines = machines.map((machine) => [machine, [machine], [machine]] as const);
  const ofGroups = groups.map((name) => [name, membersOf(name, from), membersOf(name, to)] as const);
  return [...ofMachines, ...ofGroups].flatMap(([subject, before, after]) => {
    const rows = compareThings("resource", resourceRows(subject, from, before), resourceRows(subject, to, after));
    return rows;
  });
}

function membersOf(name: string, { groups = {} }: Stack): readonly string[] {
  return groups[name]?.machines ?? [];
}

/** The resources of several machines as those of one: a field that differs among them has all its values. */
function resourceRows(subject: string, stack: Stack, machines: readonly string[]): Rows {
  const all = machines.flatMap((machine) => stack.resources[machine] ?? []);
  const byId = Map.groupBy(all, ({ type, name }) => `${subject}/${type}:${name}`);
  return Object.fromEntries([...byId].map(([id, declared]) => [id, together(declared.map(resourceFields))]));
}

function resourceFields({ spec, needs, protect }: Declared): Row {
  return new Map([...fieldsIn(spec), ...fieldsIn({ needs, protect })]);
}

function together(rows: readonly Row[]): Row {
  const paths = new Set(rows.flatMap((row) => [...row.keys()]));
  return new Map(
    [...paths].map((path) => {
      const values = new Map(rows.flatMap((row) => row.get(path) ?? []).map((value) => [value.raw, value.text]));
      const sorted = [...values].sort(([one], [other]) => (one < other ? -1 : 1));
      return [path, { raw: sorted.map(([raw]) => raw).join("\n"), text: sorted.map(([, text]) => text).join(" or ") }];
    }),
  );
}
