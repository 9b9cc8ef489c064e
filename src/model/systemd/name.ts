import { z } from "zod";

/** The kinds of unit that a file can define. */
export const UNIT_KINDS = [
  "service",
  "socket",
  "timer",
  "path",
  "target",
  "mount",
  "automount",
  "swap",
  "slice",
] as const;

const KIND = new RegExp(`\\.(${UNIT_KINDS.join("|")})$`);

/** A unit's whole name: `app.service`, a template `app@.service`, an instance `app@one.service`, `home-a\x2db.mount`. */
export const unitNameSchema = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]*)?$/,
    "expected a unit's name, such as app.service or app@.service",
  )
  .regex(KIND, `expected a unit's name with its kind: ${UNIT_KINDS.map((kind) => `.${kind}`).join(", ")}`);

/** The whole name of a unit: a service's kind may be left out. */
export function unitName(name: string): string {
  return KIND.test(name) ? name : `${name}.service`;
}

export function unitPath(name: string): string {
  return `/etc/systemd/system/${unitName(name)}`;
}

/** `app@.service` for `app@one.service`; undefined for what is no instance. */
export function templateOf(unit: string): string | undefined {
  const [, prefix, instance, kind] = /^([^@]+)@(.*)(\.[a-z]+)$/.exec(unit) ?? [];
  return instance === undefined || instance === "" ? undefined : `${prefix}@${kind}`;
}

export function isTemplate(unit: string): boolean {
  return /^[^@]+@\.[a-z]+$/.test(unit);
}
