import type { AptPinInput } from "../resources/apt-pin.ts";
import type { AptRepositoryInput } from "../resources/apt-repository.ts";
import type { DebconfInput } from "../resources/debconf.ts";
import type { PackageInput } from "../resources/package.ts";
import type { UnattendedUpgradesInput } from "../resources/unattended-upgrades.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A package of the distribution, by apt or by dnf 4 (`package` is a reserved word). How the two differ: docs/servers.md.
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
 * import { readFileSync } from "node:fs";
 * aptRepository("docker", {
 *   uris: ["https://download.docker.com/linux/debian"],
 *   suites: ["bookworm"],
 *   components: ["stable"],
 *   key: readFileSync("docker.asc", "utf8"),
 * })
 * @example
 * aptRepository("backports", {
 *   uris: ["http://deb.debian.org/debian"],
 *   suites: ["bookworm-backports"],
 *   keyFile: "/usr/share/keyrings/debian-archive-keyring.gpg",
 * })
 */
export function aptRepository(name: string, fields: AptRepositoryInput, options: ResourceOptions = {}): DeclaredInput {
  return declare("apt-repository", name, fields, options);
}

/**
 * Which version of a package apt prefers.
 *
 * @example
 * aptPin("nginx-backport", { packages: ["nginx*"], pin: "release n=bookworm-backports", priority: 600 })
 */
export function aptPin(name: string, fields: AptPinInput, options: ResourceOptions = {}): DeclaredInput {
  return declare("apt-pin", name, fields, options);
}

/**
 * Answers to what a package asks while it is installed; they are given before it is.
 *
 * @example
 * debconf("postfix", { "postfix/main_mailer_type": "Satellite system", "postfix/relayhost": "mail.example.com" })
 * @example
 * debconf("slapd", { "slapd/password1": secret("LDAP_PASSWORD"), "slapd/password2": secret("LDAP_PASSWORD") })
 */
export function debconf(
  packageName: string,
  answers: DebconfInput["answers"],
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("debconf", packageName, { answers }, options);
}

/**
 * Upgrades that the machine makes by itself, each day; by default those of security. It takes the package besides.
 *
 * @example
 * pkg("unattended-upgrades"),
 * unattendedUpgrades({ reboot: "03:30", blacklist: ["postgresql-"] })
 */
export function unattendedUpgrades(fields: UnattendedUpgradesInput = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("unattended-upgrades", "main", fields, options);
}
