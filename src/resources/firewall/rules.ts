import type { FirewallRule, FirewallSpec } from "./schema.ts";

/** What IPv4 and IPv6 do not work without. */
const ICMP = ["destination-unreachable", "time-exceeded", "parameter-problem"];
const ICMPV6 = [
  ...["destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"],
  ...["nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert"],
  ...["mld-listener-query", "mld-listener-report", "mld-listener-done", "mld2-listener-report"],
];

/** The rules as one transaction of nft: our own table is replaced whole, and no other one is touched. Pure. */
export function rulesText(spec: FirewallSpec): string {
  const { policy, allow, deny, ping } = spec;
  const sets: string[] = [];
  const rules = [
    ...deny.flatMap((rule, at) => ruleLines(rule, "drop", `deny${at}`, sets)),
    ...allow.flatMap((rule, at) => ruleLines(rule, "accept", `allow${at}`, sets)),
  ];
  const echo = ping ? ["echo-request"] : [];
  return [
    "# Written by Drover. Changes made here are overwritten.",
    "table inet drover",
    "delete table inet drover",
    "table inet drover {",
    ...sets.map((line) => `\t${line}`),
    "\tchain input {",
    `\t\ttype filter hook input priority filter; policy ${policy};`,
    ...[
      "ct state established,related accept",
      "ct state invalid drop",
      'iif "lo" accept',
      `icmp type { ${[...ICMP, ...echo].join(", ")} } accept`,
      `icmpv6 type { ${[...ICMPV6, ...echo].join(", ")} } accept`,
      // Answers of DHCPv6 come from another address than was asked, so nothing is established.
      "ip6 saddr fe80::/10 udp dport 546 accept",
      ...rules,
      ...(ping || policy === "drop" ? [] : ["icmp type echo-request drop", "icmpv6 type echo-request drop"]),
    ].map((line) => `\t\t${line}`),
    "\t}",
    "}",
    "",
  ].join("\n");
}

/** One line for each family that it is about; several addresses become a set. */
function ruleLines(rule: FirewallRule, verdict: string, name: string, sets: string[]): string[] {
  const { from, port, proto, interface: by, comment } = rule;
  const way = by === undefined ? [] : [`iifname "${by}"`];
  const rest = [...(port === undefined ? [] : [portMatch(port, proto)]), verdict];
  const said = comment === undefined ? [] : [`comment "${comment}"`];
  const line = (match: readonly string[]): string => [...way, ...match, ...rest, ...said].join(" ");
  if (from === undefined) return [line([])];
  return (["ip", "ip6"] as const).flatMap((family) => {
    const of = [...new Set(from.filter((address) => address.includes(":") === (family === "ip6")))];
    const [first] = of;
    if (first === undefined) return [];
    if (of.length === 1) return [line([`${family} saddr ${first}`])];
    const kind = family === "ip" ? "ipv4_addr" : "ipv6_addr";
    const elements = of.join(", ");
    sets.push(`set ${name}_${family} { type ${kind}; flags interval; auto-merge; elements = { ${elements} }; }`);
    return [line([`${family} saddr @${name}_${family}`])];
  });
}

function portMatch(ports: readonly (number | string)[], proto: FirewallRule["proto"] = "tcp"): string {
  const of = [...new Set(ports.map(String))];
  const list = of.length === 1 ? of.join("") : `{ ${of.join(", ")} }`;
  return proto === "both" ? `meta l4proto { tcp, udp } th dport ${list}` : `${proto} dport ${list}`;
}

/** Whether any rule lets new connections to a TCP port in, as far as can be told. */
export function letsIn(port: number, { policy, allow }: FirewallSpec): boolean {
  if (policy === "accept") return true;
  return allow.some(({ port: ports, proto }) => proto !== "udp" && (ports === undefined || ports.some(covers(port))));
}

function covers(wanted: number): (port: number | string) => boolean {
  return (port) => {
    const [from = 0, to = from] = String(port).split("-").map(Number);
    return from <= wanted && wanted <= to;
  };
}
