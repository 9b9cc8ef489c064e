import type { OutputRef } from "../model/reference.ts";
import type { Concat, SecretRef } from "../model/secret.ts";

/**
 * A text with references in it: what `secret(...)` and `output(...)` stand for is put in when it is needed.
 *
 * @example
 * env: { DATABASE_URL: text`postgres://app:${secret("DB_PASSWORD")}@${output("db", "address")}/app` }
 */
export function text(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | SecretRef | OutputRef)[]
): Concat {
  const parts = strings.flatMap((part, at) => {
    const value = values[at];
    return value === undefined ? [part] : [part, typeof value === "number" ? String(value) : value];
  });
  return { concat: parts.filter((part) => part !== "") };
}
