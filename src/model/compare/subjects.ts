import type { Stack } from "../stack.ts";

/** What can be compared in two stacks: machines of one key, and groups of one name whose machines have other keys. */
export interface Subjects {
  readonly machines: readonly string[];
  readonly groups: readonly string[];
  /** What a machine of either stack is compared as: itself, its group, or undefined where the other has neither. */
  of(machine: string, stack: Stack): string | undefined;
}

export function subjectsOf(from: Stack, to: Stack): Subjects {
  const machines = Object.keys(from.machines).filter((key) => Object.hasOwn(to.machines, key));
  const names = groupNames(from).filter((name) => groupNames(to).includes(name));
  const of = (machine: string, { groups = {} }: Stack): string | undefined =>
    machines.includes(machine) ? machine : names.find((name) => groups[name]?.machines.includes(machine));
  const used = new Set([from, to].flatMap((stack) => Object.keys(stack.machines).map((machine) => of(machine, stack))));
  return { machines, groups: names.filter((name) => used.has(name)), of };
}

/** Groups that the file names: `all` is there in every stack. */
export function groupNames({ groups = {} }: Stack): string[] {
  return Object.keys(groups).filter((name) => name !== "all");
}
