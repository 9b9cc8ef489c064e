import type { OutputRef } from "../model/reference.ts";
import type { AssertInput } from "../resources/assert.ts";
import type { CommandInput } from "../resources/command.ts";
import type { RebootInput } from "../resources/reboot.ts";
import type { WaitForInput } from "../resources/wait-for.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A program that runs when its own check says that it has to: for what no other function here can say. The check runs in
 * every plan, so it must change nothing. Secrets go through `stdin`, or through a `file(...)` that the program reads.
 *
 * @param name What it is called in plans: a-z, 0-9 and `-`.
 * @example
 * command("gems", {
 *   run: ["bundle", "install", "--deployment"],
 *   check: ["bundle", "check"],
 *   cwd: "/srv/app",
 *   user: "app",
 * })
 * @example
 * command("dhparam", { run: ["openssl", "dhparam", "-out", "/etc/ssl/dh.pem", "2048"], creates: "/etc/ssl/dh.pem", within: 1800 })
 */
export function command(name: string, fields: Referring<CommandInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("command", name, fields, options);
}

/**
 * Something that has to be reached before what needs it goes on: a port, a URL, a path, or a program that ends with 0.
 *
 * @example
 * waitFor("database", { port: "db:5432", within: 120 })
 * @example
 * service("app", {}, { needs: ["wait-for:database"] })
 */
export function waitFor(name: string, fields: Referring<WaitForInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("wait-for", name, fields, options);
}

/**
 * Something that has to hold when a plan is made: where it does not, nothing is changed, and what was found is shown. It looks
 * at the machine as it is, before anything of the plan is done.
 *
 * @example
 * assert("memory", { fact: "memory-mb", atLeast: 2048, says: "the database needs 2 GB: take a larger machine" })
 * @example
 * assert("mounted", { command: ["mountpoint", "-q", "/srv"], says: "the data disk is not mounted" })
 */
export function assert(name: string, fields: Referring<AssertInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("assert", name, fields, options);
}

/**
 * A boot of the machine, when something asks for it: state like any other. What it needs is done before; what
 * needs it is done after, by the same run: it waits until the machine lets it in again. Killed meanwhile, the next run does the rest.
 *
 * @example
 * reboot()
 * @example
 * reboot({ when: "changed", of: output("file:/etc/default/grub.d/limits.cfg", "sha256") })
 */
export function reboot(
  fields: Omit<RebootInput, "of"> & { readonly of?: string | OutputRef | readonly (string | OutputRef)[] } = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("reboot", "main", fields, options);
}
