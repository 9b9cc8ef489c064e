import { isGlob, matchesGlob } from "../model/glob.ts";
import { type Fields, fieldsOf, textsOf } from "./parts.ts";

/** Every machine, where the file gives no machine this name. */
export const ALL = "all";

/** Machines by the name of their group. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** The machines of every group, in the order of the file, whatever is wrong with some of their members. */
export function groupsOf(written: Fields, machines: readonly string[]): Groups {
  const names = Object.keys(written).filter((name) => name !== ALL && !machines.includes(name));
  const all: [string, readonly string[]][] = machines.includes(ALL) ? [] : [[ALL, machines]];
  return new Map([...all, ...names.map((name) => [name, membersOf(name, written, machines)] as const)]);
}

function membersOf(name: string, written: Fields, machines: readonly string[]): readonly string[] {
  const known = new Set(machines);
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (member: string): void => {
    if (known.has(member)) found.add(member);
    else if (member === ALL) for (const machine of machines) found.add(machine);
    else if (isGlob(member))
      for (const machine of machines.filter((one) => matchesGlob(one, member))) found.add(machine);
    else if (!seen.has(member)) {
      seen.add(member);
      for (const { text } of memberTexts(written[member])) visit(text);
    }
  };
  visit(name);
  return machines.filter((machine) => found.has(machine));
}

/** What a group names, whether it is written as a list or as an object. */
export function memberTexts(
  group: unknown,
): ReadonlyArray<{ readonly text: string; readonly path: readonly PropertyKey[] }> {
  if (Array.isArray(group)) return textsOf(group);
  return textsOf(fieldsOf(group)["machines"]).map(({ text, path }) => ({ text, path: ["machines", ...path] }));
}

/** The machines that names of machines and groups stand for, each once; a name of neither stands for itself. */
export function machinesNamed(names: readonly string[], groups: Groups): string[] {
  return [...new Set(names.flatMap((name) => groups.get(name) ?? [name]))];
}
