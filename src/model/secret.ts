import { DroverError } from "../lib/error.ts";
import { isOutputRef, type OutputRef } from "./reference.ts";

/**
 * Secrets are references: their values are never in a plan, a journal, a label, a log or argv.
 * A reference is plain JSON and may stand for any value in a spec or a step.
 */
export interface SecretRef {
  /** The secret's name, `[A-Za-z_][A-Za-z0-9_]*`. */
  readonly secret: string;
  /** A file that holds the value, relative to the stack file. Only as written: the loader moves it to `Stack.secrets`. */
  readonly file?: string | undefined;
  /** A program that prints the value, as an argument list. Only as written, too. */
  readonly command?: string[] | undefined;
}

/** Where a secret comes from, for one that says so itself: what is written beside its name. */
export type SecretOrigin = Omit<SecretRef, "secret">;

/** A value that is the concatenation of its parts. */
export interface Concat {
  concat: (string | SecretRef | OutputRef)[];
}

export type Text = string | SecretRef | OutputRef | Concat;
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

export function isSecretRef(value: unknown): value is SecretRef {
  return isObject(value) && typeof value["secret"] === "string";
}

export function isConcat(value: unknown): value is Concat {
  return isObject(value) && Array.isArray(value["concat"]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** All secret references within a value, at any depth, one per name. */
export function secretsIn(value: unknown, found = new Map<string, SecretRef>()): Map<string, SecretRef> {
  if (isSecretRef(value)) found.set(value.secret, value);
  else if (Array.isArray(value)) for (const part of value) secretsIn(part, found);
  else if (isObject(value)) for (const part of Object.values(value)) secretsIn(part, found);
  return found;
}

/** Gives the value of a secret, or undefined where this client does not have it. */
export interface SecretValues {
  (name: string): string | undefined;
  /** Gets values from where they rest, which may take time; those that were not loaded are not known. */
  readonly load?: (names: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Why a secret that was loaded has no value, and what to do about it. */
  readonly missing?: (name: string) => { readonly message: string; readonly hint: string };
}

/** Loads the secrets that are within a value, ahead of those who need them. Nothing else is loaded. */
export async function loadSecrets(value: unknown, values: SecretValues, signal: AbortSignal): Promise<void> {
  const names = [...secretsIn(value).keys()];
  if (names.length > 0) await values.load?.(names, signal);
}

/** Replaces references by values. Throws `MissingSecret` when one has none. */
export function reveal(value: Json, values: SecretValues): Json {
  if (isConcat(value)) return value.concat.map((part) => revealText(part, values)).join("");
  if (isSecretRef(value)) return revealText(value, values);
  if (Array.isArray(value)) return value.map((part: Json) => reveal(part, values));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, reveal(part, values)]));
  }
  return value;
}

/** Replaces references in a text. */
export function revealText(text: Text, values: SecretValues): string {
  if (typeof text === "string") return text;
  if (isConcat(text)) return text.concat.map((part) => revealText(part, values)).join("");
  // The engine fills them in before any step is compiled.
  if (isOutputRef(text)) throw new DroverError("INTERNAL", `${text.output} of ${text.ref} was not filled in`);
  const value = values(text.secret);
  if (value === undefined) throw new MissingSecret(text.secret);
  return value;
}

/** A text as the parts that it is put together from. */
export function partsOf(text: Text): Concat["concat"] {
  return isConcat(text) ? text.concat : [text];
}

/** How a text with secrets is shown: names, never values. */
export function maskText(text: Text): string {
  if (typeof text === "string") return text;
  if (isConcat(text)) return text.concat.map(maskText).join("");
  return isOutputRef(text) ? `output(${text.ref}, ${text.output})` : `secret(${text.secret})`;
}

export class MissingSecret extends Error {
  readonly secret: string;
  constructor(secret: string) {
    super(`secret ${secret} has no value here`);
    this.secret = secret;
  }
}
