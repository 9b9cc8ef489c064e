import { firewall, pkg, type Role } from "drover";

export interface FirewallOptions {
  /** Networks from which ssh comes in; left out, from everywhere. */
  readonly sshFrom?: readonly string[];
  /** TCP ports that everybody may reach. */
  readonly ports?: readonly number[];
  /** What never comes in. */
  readonly deny?: readonly string[];
}

/** A firewall of nftables: ssh and a few ports come in, all else does not. */
export function guarded({ sshFrom, ports = [80, 443], deny = ["203.0.113.0/24"] }: FirewallOptions = {}): Role {
  const ssh = { port: 22, comment: "ssh", ...(sshFrom === undefined ? {} : { from: [...sshFrom] }) };
  return () => [
    pkg("nftables"),
    firewall({
      allow: [ssh, ...(ports.length === 0 ? [] : [{ port: [...ports], comment: "web" }])],
      ...(deny.length === 0 ? {} : { deny: [{ from: [...deny] }] }),
    }),
  ];
}

export default guarded();
