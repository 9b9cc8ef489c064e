import type { CertificateInput } from "../resources/certificate.ts";
import type { FirewallInput } from "../resources/firewall.ts";
import type { SshdInput } from "../resources/sshd.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

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

/**
 * A certificate and its key, in `/etc/ssl/drover/<name>.crt` and `.key`: given, or made and signed by the machine itself, and made anew
 * before it ends. Key and certificate have to belong together before any of them is moved. What uses it reloads by its
 * output `sha256`.
 *
 * @param name What it is called: a-z, 0-9 and `-`.
 * @example
 * certificate("inner", { names: ["db.internal", "10.0.0.5"], owner: "root:postgres", mode: "0640" })
 * @example
 * certificate("shop", { chain: secret("SHOP_CHAIN"), privateKey: secret("SHOP_KEY") })
 * service("nginx", { config: output("certificate:shop", "sha256"), reload: true })
 */
export function certificate(
  name: string,
  fields: Referring<CertificateInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("certificate", name, fields, options);
}
