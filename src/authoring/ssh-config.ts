import { homedir } from "node:os";
import { join } from "node:path";
import { matchesGlob } from "../model/glob.ts";
import { configuredHosts } from "../transports/ssh.hosts.ts";
import { type ServerOptions, server } from "./machines.ts";
import type { MachineMap } from "./stack.ts";

/** Which hosts of an ssh config are machines, and what is said of all of them. */
export interface SshConfigOptions extends ServerOptions {
  /** Only hosts whose name this pattern matches, such as `web-*`. */
  readonly match?: string;
}

/**
 * The hosts of your ssh config as machines, by the names that it gives them; a name with a dot or a capital in it becomes
 * one with `-` and small letters. Files after `Include` are read, too. Patterns, and what is said under `Match`, name no
 * host. Of several names on one line the first one that fits counts: they are one host.
 *
 * @example
 * machines: sshConfigHosts({ match: "web-*" })
 */
export function sshConfigHosts(options: SshConfigOptions = {}): MachineMap {
  const { match = "*", ...rest } = options;
  const file = rest.config ?? join(homedir(), ".ssh", "config");
  const aliases = configuredHosts(file, homedir()).flatMap(
    (names) => names.find((name) => matchesGlob(name, match)) ?? [],
  );
  if (aliases.length === 0) throw new Error(`no host in ${file} matches ${match}`);
  const machines = new Map<string, string>();
  for (const alias of aliases) {
    const key = keyOf(alias);
    const other = machines.get(key);
    if (other !== undefined && other !== alias)
      throw new Error(`${other} and ${alias} of ${file} would both be called ${key}`);
    machines.set(key, alias);
  }
  return Object.fromEntries([...machines].map(([key, alias]) => [key, server(alias, rest)]));
}

function keyOf(alias: string): string {
  return alias.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
