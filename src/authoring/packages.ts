import type { PackageInput } from "../resources/package.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A package of the distribution (`package` is a reserved word).
 *
 * @example
 * pkg("postgresql-15")
 * @example
 * pkg("haproxy", { version: "2.6.12-1+deb12u4", start: false })
 */
export function pkg(name: string, fields: Referring<PackageInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("package", name, fields, options);
}
