import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Host } from "./host.ts";

/** What ssh has to know of a host. */
type Known = Pick<Host, "name" | "address" | "port" | "keyFile" | "hostKey">;

/** Writes an ssh_config with an entry for each host, and the known_hosts beside it; answers the path for `ssh -F`. */
export async function sshConfig(hosts: readonly Known[], dir: string): Promise<string> {
  const folder = resolve(dir);
  await mkdir(folder, { recursive: true });
  const knownHosts = join(folder, "known_hosts");
  const config = join(folder, "ssh_config");
  await writeFile(knownHosts, hosts.map((host) => `${host.hostKey}\n`).join(""));
  await writeFile(config, sshConfigText(hosts, knownHosts), { mode: 0o600 });
  return config;
}

/** The text of the file: nothing of the user's own ssh configuration, agent or known hosts plays a part. */
export function sshConfigText(hosts: readonly Omit<Known, "hostKey">[], knownHosts: string): string {
  return hosts
    .flatMap(({ name, address, port, keyFile }) => [
      `Host ${name}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      "  User root",
      `  IdentityFile "${keyFile}"`,
      "  IdentitiesOnly yes",
      "  IdentityAgent none",
      `  UserKnownHostsFile "${knownHosts}"`,
      "  GlobalKnownHostsFile none",
      "  StrictHostKeyChecking yes",
      "",
    ])
    .join("\n");
}
