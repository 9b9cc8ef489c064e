import { types } from "node:util";
import type { Fault } from "./fault.ts";

/** How deep the lists and objects of a stack file may be nested. */
const DEEPEST = 64;

/**
 * Copies what a stack file exports into plain data: objects, lists, texts, numbers, true, false and null. Everything
 * that would change when it is read twice or stored (functions, getters, proxies, instances, cycles) is a fault.
 */
export function toPlain(
  value: unknown,
  standFor: StandFor = () => undefined,
): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const open = new Set<object>();

  const copy = (part: unknown, path: readonly PropertyKey[]): unknown => {
    const stand = typeof part === "function" ? standFor(part, path) : undefined;
    if (stand !== undefined) return stand;
    const wrong = typeof part === "object" && part !== null ? wrongObject(part, path, open) : wrongScalar(part);
    if (wrong !== undefined) {
      faults.push({ path, text: wrong });
      return undefined;
    }
    if (typeof part !== "object" || part === null) return part;
    open.add(part);
    const result = Array.isArray(part) ? copyList(part, path, copy, faults) : copyObject(part, path, copy, faults);
    open.delete(part);
    return result;
  };
  return { value: copy(value, []), faults };
}

/** What stands for a function that is allowed where it is. */
type StandFor = (part: unknown, path: readonly PropertyKey[]) => object | undefined;

type Copy = (part: unknown, path: readonly PropertyKey[]) => unknown;

function copyList(list: readonly unknown[], path: readonly PropertyKey[], copy: Copy, faults: Fault[]): unknown[] {
  return Array.from(list, (_, index) => {
    const value = readOwn(list, String(index), [...path, index], faults);
    return copy(value, [...path, index]);
  });
}

function copyObject(part: object, path: readonly PropertyKey[], copy: Copy, faults: Fault[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(part)) {
    if (typeof key === "symbol") faults.push({ path, text: `has a symbol as a key (${String(key)}): use text` });
    else if (key === "__proto__") faults.push({ path: [...path, key], text: "this key is not allowed" });
    else if (!key.isWellFormed()) faults.push({ path, text: "has a key with a broken surrogate pair in it" });
    else {
      const here = [...path, key];
      const before = faults.length;
      const value = copy(readOwn(part, key, here, faults), here);
      if (value !== undefined) result[key] = value;
      else if (isNamed(here) && faults.length === before)
        faults.push({ path: here, text: "has no value: give it one, or leave its name out" });
    }
  }
  return result;
}

/** An option may be undefined, which is as if it was not there; a machine or an app must not vanish so. */
function isNamed(path: readonly PropertyKey[]): boolean {
  const [top] = path;
  return path.length === 2 && (top === "machines" || top === "apps" || top === "resources");
}

/** The value of a property that is a plain one. A getter is a fault: it might say something else the next time. */
function readOwn(part: object, key: string, path: readonly PropertyKey[], faults: Fault[]): unknown {
  const property = Object.getOwnPropertyDescriptor(part, key);
  if (property === undefined || !("get" in property)) return property?.value;
  faults.push({ path, text: "is a getter: give the value itself" });
  return undefined;
}

function wrongScalar(part: unknown): string | undefined {
  if (typeof part === "function") return "is a function: give its result";
  if (typeof part === "symbol" || typeof part === "bigint") return `is a ${typeof part}: use text or a number`;
  if (typeof part === "number" && !Number.isFinite(part)) return `expected a finite number, got ${part}`;
  if (typeof part === "string" && !part.isWellFormed()) return "holds a broken surrogate pair";
  return undefined;
}

function wrongObject(part: object, path: readonly PropertyKey[], open: ReadonlySet<object>): string | undefined {
  if (types.isProxy(part)) return "is a proxy: give a plain object";
  if (types.isPromise(part)) return "is a promise: await it";
  if (open.has(part)) return "refers to an object that it is in: a cycle";
  if (path.length > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
  if (Array.isArray(part)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  return `is a ${classOf(part)}: give a plain object, a list or a text`;
}

function classOf(part: object): string {
  const name: unknown = part.constructor?.name;
  return typeof name === "string" && /^[A-Za-z_$][\w$]*$/.test(name) ? name : "class instance";
}
