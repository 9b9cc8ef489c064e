import type { OutputRef } from "../model/reference.ts";

/**
 * Refers to an output of another resource, or to a fact of a machine. What it is may be known after apply only: then the
 * plan says so, and what needs it waits for it, also across machines.
 *
 * @param ref `type:name` on the same machine, `machine/type:name`, or the name of a machine.
 * @param name The output, such as `uid` of a user, `version` of a package, `address` of a machine.
 * @example
 * file("/etc/app.conf", { content: text`uid=${output("user:app", "uid")}\n` })
 * @example
 * app({ ..., env: { DB_HOST: output("db", "address") } })
 */
export function output(ref: string, name: string): OutputRef {
  return { ref, output: name };
}

/** Fields of a resource: each text in them may be an `output(...)`. */
export type Referring<Fields> = {
  readonly [Field in keyof Fields]: Fields[Field] extends string | undefined
    ? Fields[Field] | OutputRef
    : Fields[Field];
};
