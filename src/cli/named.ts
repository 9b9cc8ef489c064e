import type { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { printable } from "../lib/printable.ts";
import type { Stack } from "../model/stack.ts";
import type { FlagValues } from "./command.ts";
import type { partFlags } from "./flags.ts";
import { usage } from "./parse.ts";

type Part = Partial<FlagValues<typeof partFlags>>;

/** `--on` and `--only` name what is there; a slip must not become an empty plan. */
export function checkPart({ on = [], only = [] }: Part, stack: Stack): void {
  for (const name of on) {
    if (!isTarget(name, stack)) throw unknownName("machine or group", name, targetsOf(stack), "--on: ");
  }
  for (const name of only) {
    if (!name.includes(":") && !Object.hasOwn(stack.apps, name))
      throw unknownName("app", name, Object.keys(stack.apps), "--only: ");
  }
}

/** Machines and groups: what a machine may be named by. */
function targetsOf({ machines, groups = {} }: Stack): string[] {
  return [...Object.keys(machines), ...Object.keys(groups)];
}

function isTarget(name: string, { machines, groups = {} }: Stack): boolean {
  return Object.hasOwn(machines, name) || Object.hasOwn(groups, name);
}

function unknownName(what: string, name: string, known: readonly string[], flag = ""): DroverError {
  const meant = nearest(name, known);
  const text = `${flag}no ${what} is called ${JSON.stringify(printable(name))}`;
  return usage(
    meant === undefined ? text : `${text}; did you mean ${meant}?`,
    known.length === 0 ? `the stack has no ${what}s` : `${plurals(what)} of the stack: ${known.join(", ")}`,
  );
}

function plurals(what: string): string {
  return what.replace(/\w+/g, (word) => (word === "or" ? "and" : `${word}s`));
}

/** The named app of the stack, or its only one. */
export function appNamed(name: string | undefined, stack: Stack): string {
  const known = Object.keys(stack.apps);
  const [only, ...others] = known;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  if (name === undefined)
    throw usage("which app?", known.length === 0 ? "the stack has no apps" : `apps of the stack: ${known.join(", ")}`);
  if (!known.includes(name)) throw unknownName("app", name, known);
  return name;
}

/** The named machine of the stack, if one was named. */
export function machineNamed(name: string | undefined, stack: Stack): string | undefined {
  const known = Object.keys(stack.machines);
  if (name !== undefined && !known.includes(name)) throw unknownName("machine", name, known);
  return name;
}

/** The named machine or group of the stack, if one was named. */
export function targetNamed(name: string | undefined, stack: Stack): string | undefined {
  if (name !== undefined && !isTarget(name, stack)) throw unknownName("machine or group", name, targetsOf(stack));
  return name;
}

/** The named machine of the stack, or its only one. */
export function onlyMachine(name: string | undefined, stack: Stack): string {
  const known = Object.keys(stack.machines);
  const [only, ...others] = known;
  const named = machineNamed(name, stack) ?? (others.length === 0 ? only : undefined);
  if (named === undefined) throw usage("which machine?", `machines of the stack: ${known.join(", ")}`);
  return named;
}
