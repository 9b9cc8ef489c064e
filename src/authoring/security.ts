import type { FirewallInput } from "../resources/firewall.ts";
import type { SshdInput } from "../resources/sshd.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";

/**
 * What comes in to the machine, by rules of nftables in a table of their own: the tables of Docker, fail2ban and others stay.
 * Connections that stand, loopback, and the ICMP that IPv4 and IPv6 need always come in. The same rules are loaded at boot.
 * Ports that Docker publishes are forwarded past them. Needs `pkg("nftables")`.
 *
 * @example
 * firewall({
 *   allow: [
 *     { port: 22, from: ["10.0.0.0/8", "2001:db8::/32"], comment: "ssh from the office" },
 *     { port: [80, 443] },
 *     { port: "60000-61000", proto: "udp" },
 *     { interface: "wg0" },
 *   ],
 * })
 */
export function firewall(fields: FirewallInput, options: ResourceOptions = {}): DeclaredInput {
  return declare("firewall", "main", fields, options);
}

/**
 * Settings of sshd, by the keys of sshd_config, in a drop-in that is read before all others. sshd judges its whole
 * configuration before anything is moved, and is reloaded: connections stay. A key that another line sets before it is
 * refused, with that line.
 *
 * @example
 * sshd({ PermitRootLogin: "prohibit-password", PasswordAuthentication: false, AllowGroups: ["admins"], MaxAuthTries: 3 })
 */
export function sshd(fields: SshdInput, options: ResourceOptions = {}): DeclaredInput {
  return declare("sshd", "main", fields, options);
}
