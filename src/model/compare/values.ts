import { isOutputRef } from "../reference.ts";
import { isConcat, isSecretRef, maskText } from "../secret.ts";

/** A value of a field: what tells it apart, and how it may be shown. */
export interface Shown {
  readonly raw: string;
  readonly text: string;
}

/** More of a value than this is not read side by side. */
const LONGEST = 80;

/** The fields of a value at any depth, by path: `health.path`, `env.LOG_LEVEL`. Lists of plain values are one field. */
export function fieldsIn(value: unknown, path = "", found = new Map<string, Shown>()): Map<string, Shown> {
  if (value === undefined) return found;
  if (isPlain(value)) return found.set(path, shown(value, path));
  if (Array.isArray(value) && value.every(isPlain)) {
    const parts = value.map((part) => shown(part, path));
    return found.set(path, { raw: JSON.stringify(value), text: `[${parts.map(({ text }) => text).join(", ")}]` });
  }
  // Neither plain nor a list of plain values: an object or a list of objects.
  for (const [key, part] of Object.entries(value as object)) {
    fieldsIn(part, path === "" ? key : `${path}.${key}`, found);
  }
  return found;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null || isSecretRef(value) || isConcat(value) || isOutputRef(value);
}

function shown(value: unknown, path: string): Shown {
  const raw = JSON.stringify(value);
  if (isSecretRef(value) || isOutputRef(value)) return { raw, text: maskText(value) };
  if (isConcat(value))
    return { raw, text: isDelicate(path) ? "a text with references" : JSON.stringify(maskText(value)) };
  if (typeof value !== "string") return { raw, text: raw };
  if (isDelicate(path)) return { raw, text: `${Buffer.byteLength(value)} bytes` };
  return { raw, text: raw.length > LONGEST ? `${raw.slice(0, LONGEST - 3)}...` : raw };
}

/** What may be a secret that somebody wrote into the file: then only its size is told. */
function isDelicate(path: string): boolean {
  return /(^|\.)(content|files\..*|[^.]*(secret|passw|token|key|credential)[^.]*)(\.|$)/i.test(path);
}
