import type { Json } from "./secret.ts";

/**
 * An output of another resource, an edge by itself: `{ ref: "web/user:app", output: "uid" }`. A `ref` without a `:` is a
 * machine: its outputs are its facts.
 */
export interface OutputRef {
  /** `machine/type:name`, `type:name` on the same machine, or a machine. */
  readonly ref: string;
  readonly output: string;
}

/** Gives an output's value; undefined where it is known after apply only. Throws where there is no such output. */
export type Outputs = (ref: OutputRef) => string | undefined;

export function isOutputRef(value: unknown): value is OutputRef {
  return isObject(value) && typeof value["ref"] === "string" && typeof value["output"] === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All output references within a value, at any depth. */
export function outputRefsIn(value: unknown): OutputRef[] {
  if (isOutputRef(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(outputRefsIn);
  return isObject(value) ? Object.values(value).flatMap(outputRefsIn) : [];
}

/** The resource that a reference names, seen from a machine; undefined for a machine's own facts. */
export function referredId(ref: OutputRef, from: string): string | undefined {
  const colon = ref.ref.indexOf(":");
  if (colon === -1) return undefined;
  const slash = ref.ref.indexOf("/");
  return slash !== -1 && slash < colon ? ref.ref : `${from}/${ref.ref}`;
}

/** The machine whose thing a reference names. */
export function referredMachine(ref: OutputRef, from: string): string {
  const id = referredId(ref, from);
  return id === undefined ? ref.ref : id.slice(0, id.indexOf("/"));
}

/** Puts values in place of references; one that `outputs` does not know stays. */
export function fillOutputs(value: Json, outputs: Outputs): Json {
  if (isOutputRef(value)) return outputs(value) ?? value;
  if (Array.isArray(value)) return value.map((part: Json) => fillOutputs(part, outputs));
  if (!isObject(value)) return value;
  const filled = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, fillOutputs(part as Json, outputs)]),
  );
  return Array.isArray(filled["concat"]) && Object.keys(filled).length === 1 ? joined(filled["concat"]) : filled;
}

/** Texts without a reference left in them are plain text again. */
function joined(parts: readonly Json[]): Json {
  return parts.every((part) => typeof part === "string") ? parts.join("") : { concat: parts };
}
