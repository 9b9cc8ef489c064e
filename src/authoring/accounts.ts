import type { UserInput } from "../resources/user.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A user. It stays in groups that are not named here, and keeps its home when it leaves the file.
 *
 * @example
 * user("app", { system: true, groups: ["ssl-cert"] })
 */
export function user(name: string, fields: Referring<UserInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("user", name, fields, options);
}
