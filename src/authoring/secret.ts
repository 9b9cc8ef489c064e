import type { SecretRef } from "../model/secret.ts";

/**
 * Refers to a secret. Its value is the environment variable of that name, else what `drover secret set` keeps encrypted
 * beside the stack file; or what `file` holds, or what the program of `command` prints. It is read when it is needed,
 * and is never in a plan, a log or a journal.
 *
 * @example
 * file("/etc/app/db-password", { content: secret("DB_PASSWORD"), mode: "0600" })
 * @example
 * secret("DB_PASSWORD", { command: ["op", "read", "op://servers/db/password"] })
 */
export function secret(
  name: string,
  options: {
    /** A file that git does not keep, relative to the stack file; in one named `*.env` the line `NAME=value`. */
    readonly file?: string;
    /** A program with its arguments; what it prints is the value, without the last line end. */
    readonly command?: readonly string[];
  } = {},
): SecretRef {
  const { command, file } = options;
  return {
    secret: name,
    ...(file === undefined ? {} : { file }),
    ...(command === undefined ? {} : { command: [...command] }),
  };
}
