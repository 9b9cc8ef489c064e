import type { SecretRef } from "../model/secret.ts";

/**
 * Refers to a secret: the environment variable of that name, or the content of a file that git does not keep. The value
 * is read when it is needed and is never in a plan, a log or a journal.
 *
 * @example
 * app({ ..., files: { "/run/secrets/db": secret("DB_PASSWORD") } })
 */
export function secret(name: string, options: { readonly file?: string } = {}): SecretRef {
  return { secret: name, ...options };
}
