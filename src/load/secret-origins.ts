import { isSecretRef, type SecretOrigin, type SecretRef } from "../model/secret.ts";
import type { Draft, DraftResource } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";

interface Seen {
  readonly ref: SecretRef;
  readonly path: readonly PropertyKey[];
}

/** What is wrong with where secrets are said to come from: two places for one. `more` is what roles return later. */
export function checkSecrets({ machines, apps, resources }: Draft, more: readonly DraftResource[] = []): Fault[] {
  const first = new Map<string, Seen>();
  const all = [
    ...refsAt(machines, ["machines"]),
    ...refsAt(apps, ["apps"]),
    ...[...Object.values(resources).flat(), ...more].flatMap(({ path, value }) => refsAt(value, path)),
  ];
  return all.flatMap((seen): Fault[] => {
    const { ref, path } = seen;
    if (ref.file !== undefined && ref.command !== undefined) {
      return [{ path, text: `secret ${quoted(ref.secret)} has a file and a command: give one of them` }];
    }
    if (originOf(ref) === undefined) return [];
    const known = first.get(ref.secret) ?? seen;
    first.set(ref.secret, known);
    if (JSON.stringify(originOf(known.ref)) === JSON.stringify(originOf(ref))) return [];
    const text = `secret ${quoted(ref.secret)} comes from ${originText(known.ref)} elsewhere, and from ${originText(ref)} here`;
    return [{ path, text: `${text}: give it one origin, or two names` }];
  });
}

/** Takes what is written beside names of secrets out of a stack: what is planned and recorded names them only. */
export function takeOrigins(value: unknown): {
  readonly value: unknown;
  readonly origins: Readonly<Record<string, SecretOrigin>>;
} {
  const origins = refsAt(value, []).flatMap(({ ref }) => {
    const origin = originOf(ref);
    return origin === undefined ? [] : [[ref.secret, origin] as const];
  });
  return { value: origins.length === 0 ? value : withoutOrigins(value), origins: Object.fromEntries(origins) };
}

function withoutOrigins(value: unknown): unknown {
  if (isReference(value)) return { secret: value.secret };
  if (Array.isArray(value)) return value.map(withoutOrigins);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutOrigins(part)]));
}

function refsAt(value: unknown, path: readonly PropertyKey[]): Seen[] {
  if (isReference(value)) return [{ ref: value, path }];
  if (typeof value !== "object" || value === null) return [];
  const parts: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return parts.flatMap(([key, part]) => refsAt(part, [...path, key]));
}

/** What has other fields, too, is something else that has a field of that name. */
function isReference(value: unknown): value is SecretRef {
  return isSecretRef(value) && Object.keys(value).every((key) => ["secret", "file", "command"].includes(key));
}

function originOf({ file, command }: SecretRef): SecretOrigin | undefined {
  if (command !== undefined) return { command };
  return file === undefined ? undefined : { file };
}

function originText({ file, command }: SecretRef): string {
  if (file !== undefined) return `the file ${quoted(file)}`;
  return `the command ${quoted((Array.isArray(command) ? command : []).join(" "))}`;
}
