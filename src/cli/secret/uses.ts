import { formatPath } from "../../load/fault.ts";
import { isSecretRef } from "../../model/secret.ts";
import type { Stack } from "../../model/stack.ts";

/** Where each secret of a stack is used, in words: `app web: env.KEY`, `web/file:/etc/x: content`. */
export function usesOf({ apps, machines, resources }: Stack): Map<string, string[]> {
  const uses = new Map<string, Set<string>>();
  const visit = (value: unknown, what: string, path: readonly PropertyKey[]): void => {
    if (isSecretRef(value)) {
      const field = formatPath(path.at(-2) === "concat" ? path.slice(0, -2) : path);
      const known = uses.get(value.secret) ?? new Set();
      uses.set(value.secret, known.add(field === "" ? what : `${what}: ${field}`));
    } else if (typeof value === "object" && value !== null) {
      const parts: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      for (const [key, part] of parts) visit(part, what, [...path, key]);
    }
  };
  for (const [name, machine] of Object.entries(machines)) visit(machine, `machine ${name}`, []);
  for (const [machine, list] of Object.entries(resources)) {
    for (const { type, name, spec } of list) visit(spec, `${machine}/${type}:${name}`, []);
  }
  for (const [name, app] of Object.entries(apps)) visit(app, `app ${name}`, []);
  return new Map([...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, places]) => [name, [...places]]));
}
