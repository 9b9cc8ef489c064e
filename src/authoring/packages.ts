import type { AptRepositoryInput } from "../resources/apt-repository.ts";
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

/**
 * A repository of apt with a key of its own. What it has can be installed by the same run.
 *
 * @example
 * aptRepository("docker", {
 *   uris: ["https://download.docker.com/linux/debian"],
 *   suites: ["bookworm"],
 *   components: ["stable"],
 *   key: await readFile("docker.asc", "utf8"),
 * })
 * @example
 * aptRepository("backports", {
 *   uris: ["http://deb.debian.org/debian"],
 *   suites: ["bookworm-backports"],
 *   keyFile: "/usr/share/keyrings/debian-archive-keyring.gpg",
 * })
 */
export function aptRepository(
  name: string,
  fields: Referring<AptRepositoryInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("apt-repository", name, fields, options);
}
