import { DroverError } from "../lib/error.ts";
import { machinesOf } from "../model/app.ts";
import { type SecretValues, secretsIn } from "../model/secret.ts";
import type { SecretFound, SecretLookup, SecretPlace, SecretRequest, SecretSource } from "../model/secret-source.ts";
import type { Stack } from "../model/stack.ts";

/** The values of a stack's secrets: each is got when it is first needed, and kept in this process only. */
export interface StackSecrets extends SecretValues {
  readonly load: (names: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly missing: (name: string) => { readonly message: string; readonly hint: string };
  /**
   * Gets to know the stack's secrets only so that they can be hidden, where that takes no more than it says. What cannot
   * be read is told about when its value is needed.
   */
  readonly hide: (takes: readonly Takes[], signal: AbortSignal) => Promise<void>;
}

type Takes = SecretSource["takes"];

export interface SecretsOptions {
  readonly sources: readonly SecretSource[];
  readonly env: SecretPlace["env"];
  /** Is told every value that comes to be known. */
  readonly onValue: (name: string, value: string) => void;
}

interface Open extends Pick<SecretSource, "fits" | "takes"> {
  readonly lookUp: SecretLookup;
}

export function secretValues(stack: Stack, { sources, env, onValue }: SecretsOptions): StackSecrets {
  const place = { folder: stack.folder, environment: stack.environment, env };
  const open: Open[] = sources
    .toSorted((a, b) => a.rank - b.rank)
    .map((source) => ({ fits: source.fits, takes: source.takes, lookUp: source.open(place) }));
  const asked = new Map<string, Promise<void>>();
  const found = new Map<string, SecretFound>();

  const keep = (name: string, result: SecretFound): void => {
    if (result.kind === "value") onValue(name, result.value);
    found.set(name, result);
  };
  const loadOne = async (name: string, signal: AbortSignal): Promise<void> => {
    keep(name, await find({ name, ...originOf(stack, name) }, open, signal));
  };
  const values = (name: string): string | undefined => {
    const result = found.get(name);
    return result?.kind === "value" ? result.value : undefined;
  };
  return Object.assign(values, {
    load: async (names: readonly string[], signal: AbortSignal) => {
      for (const name of names) if (!asked.has(name)) asked.set(name, loadOne(name, signal));
      await Promise.all(names.map((name) => asked.get(name)));
    },
    missing: (name: string) => explain(name, found.get(name)),
    hide: async (takes: readonly Takes[], signal: AbortSignal) => {
      for (const name of secretNames(stack).filter((one) => !asked.has(one))) {
        const result = await peek({ name, ...originOf(stack, name) }, open, takes, signal);
        if (result === undefined) continue;
        keep(name, { kind: "value", value: result });
        asked.set(name, Promise.resolve());
      }
    },
  });
}

/** Names of all secrets of a stack, or of what is on one machine. */
export function secretNames({ apps, resources, machines }: Stack, machine?: string): string[] {
  if (machine === undefined) return [...secretsIn([apps, resources, machines]).keys()];
  const here = Object.values(apps).filter((app) => machinesOf(app).includes(machine));
  return [...secretsIn([here, resources[machine], machines[machine]]).keys()];
}

export function originOf({ secrets = {} }: Stack, name: string): Omit<SecretRequest, "name"> {
  return Object.hasOwn(secrets, name) ? (secrets[name] ?? {}) : {};
}

/** The value that `find` would give, as far as it can be had so. */
async function peek(
  request: SecretRequest,
  open: readonly Open[],
  takes: readonly Takes[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const source of open.filter((one) => one.fits(request))) {
    if (!takes.includes(source.takes)) return undefined;
    try {
      const result = await source.lookUp(request, signal);
      if (result.kind === "value") return result.value;
    } catch (error) {
      if (!DroverError.is(error)) throw error;
      return undefined;
    }
  }
  return undefined;
}

/** The first value, else why none of the sources has one. */
async function find(request: SecretRequest, open: readonly Open[], signal: AbortSignal): Promise<SecretFound> {
  const none: Extract<SecretFound, { kind: "none" }>[] = [];
  for (const source of open.filter((one) => one.fits(request))) {
    const result = await source.lookUp(request, signal);
    if (result.kind === "value") return result;
    none.push(result);
  }
  const words = (pick: (one: (typeof none)[number]) => string, between: string): string =>
    none
      .map(pick)
      .filter((text) => text !== "")
      .join(between);
  return { kind: "none", why: words((one) => one.why, "; "), hint: words((one) => one.hint, ", or ") };
}

function explain(name: string, result: SecretFound | undefined): { readonly message: string; readonly hint: string } {
  const message = `secret ${name} has no value here`;
  if (result?.kind !== "none") return { message, hint: `set it in the environment: export ${name}=...` };
  return { message: result.why === "" ? message : `${message}: ${result.why}`, hint: result.hint };
}
