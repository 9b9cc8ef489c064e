import { types } from "node:util";
import type { Fault } from "./fault.ts";

/** What of a stack comes from its inventory: the machines by key, and keys that two parts of it have. */
export interface Inventoried {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

/**
 * Puts machines in place of functions, promises and lists of such parts. All else stays as it is: what is wrong with it is
 * told where the stack is checked.
 */
export async function withMachines(stack: unknown, context: { readonly environment: string }): Promise<Inventoried> {
  const machines = ownValue(stack, "machines");
  if (typeof machines !== "function" && !Array.isArray(machines) && !types.isPromise(machines)) {
    return { value: stack, faults: [] };
  }
  const faults: Fault[] = [];
  const found = await resolveMachines(machines, context, faults);
  // An object by `ownValue`; what else is in it is looked at later, getters too.
  const descriptors = Object.getOwnPropertyDescriptors(stack as object);
  const own = { value: found, enumerable: true, writable: true, configurable: true };
  return { value: Object.create(Object.getPrototypeOf(stack), { ...descriptors, machines: own }), faults };
}

async function resolveMachines(
  source: unknown,
  context: { readonly environment: string },
  faults: Fault[],
): Promise<unknown> {
  const given: unknown = typeof source === "function" ? await source({ ...context }) : await source;
  if (typeof given === "function") return resolveMachines(given, context, faults);
  if (!Array.isArray(given)) return given;
  const parts = await Promise.all(given.map((part: unknown) => resolveMachines(part, context, faults)));
  return merged(parts, faults);
}

/** All parts as one; the first that has no keys stands for the whole, so that it is told what it is. */
function merged(parts: readonly unknown[], faults: Fault[]): unknown {
  const all = new Map<string, unknown>();
  for (const part of parts) {
    if (typeof part !== "object" || part === null || types.isProxy(part)) return part;
    for (const key of Object.keys(part)) {
      if (all.has(key)) faults.push({ path: ["machines", key], text: "two parts of the inventory have this key" });
      all.set(key, ownValue(part, key));
    }
  }
  return Object.fromEntries(all);
}

/** The value of an own plain property; undefined where there is none, or something that might answer otherwise next time. */
function ownValue(object: unknown, key: string): unknown {
  if (typeof object !== "object" || object === null || types.isProxy(object)) return undefined;
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
