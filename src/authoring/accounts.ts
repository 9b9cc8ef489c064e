import type { AuthorizedKeysInput } from "../resources/authorized-keys.ts";
import type { GroupInput } from "../resources/group.ts";
import type { SudoersInput } from "../resources/sudoers.ts";
import type { UserInput } from "../resources/user.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A user. It stays in groups that are not named here, and keeps its home when it leaves the file, unless that is said.
 *
 * @example
 * user("app", { system: true, groups: ["ssl-cert"] })
 * @example
 * user("ann", { password: { hash: secret("ANN_HASH") }, groups: ["sudo"], expires: "2027-01-31" })
 */
export function user(name: string, fields: Referring<UserInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("user", name, fields, options);
}

/**
 * A group. Users of this file come into it by their own `groups`, those of others by `members`.
 *
 * @example
 * group("deployers", { gid: 2000, members: ["ann", "bob"] })
 */
export function group(name: string, fields: Referring<GroupInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("group", name, fields, options);
}

/**
 * Keys that open a user by ssh. Others that are there stay, unless `exclusive` is said.
 *
 * @example
 * authorizedKeys("ann", { keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKIxo6jXBp6wFRqGUVZZX3tmPsULvCEE4Y0RPqFvTpGH ann@desk"] })
 */
export function authorizedKeys(
  name: string,
  fields: Referring<AuthorizedKeysInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("authorized-keys", name, fields, options);
}

/**
 * Who may do what with sudo: the file of that name in /etc/sudoers.d, which `visudo` has to accept first.
 *
 * @example
 * sudoers("deploy", { rules: [{ who: "%deployers", commands: "/usr/bin/systemctl restart app", nopasswd: true }] })
 */
export function sudoers(name: string, fields: Referring<SudoersInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("sudoers", name, fields, options);
}
