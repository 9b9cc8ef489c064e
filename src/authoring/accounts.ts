import type { GroupInput } from "../resources/group.ts";
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
