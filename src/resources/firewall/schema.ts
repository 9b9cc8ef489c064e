import { isIP } from "node:net";
import { z } from "zod";

const portSchema = z.union([
  z.int().min(1).max(65_535),
  z
    .string()
    .regex(/^\d{1,5}-\d{1,5}$/, 'expected a port, or a range such as "8000-8100"')
    .refine((range) => {
      const [from = 0, to = 0] = range.split("-").map(Number);
      return from >= 1 && from < to && to <= 65_535;
    }, "expected a range of ports from 1 to 65535, the smaller first"),
]);

const addressSchema = z
  .string()
  .refine(isNetwork, 'expected an IPv4 or IPv6 address or network, such as "10.0.0.0/8" or "2001:db8::1"');

const ruleSchema = z
  .strictObject({
    port: z
      .union([portSchema.transform((one) => [one]), z.array(portSchema).min(1)])
      .optional()
      .describe('A port, a range such as `"8000-8100"`, or a list of them; left out, everything.'),
    proto: z.enum(["tcp", "udp", "both"]).optional().describe("The ports' protocol; default `tcp`."),
    from: z
      .union([addressSchema.transform((one) => [one]), z.array(addressSchema).min(1)])
      .optional()
      .describe("Addresses or networks, IPv4 and IPv6, that it is about; default all."),
    interface: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,15}\*?$/, "expected an interface's name such as eth0, or eth*")
      .optional()
      .describe("The interface that it comes in by; may end with `*`."),
    comment: z
      .string()
      .regex(/^[^"\\\u0000-\u001f\u007f]{1,100}$/, "expected one line of up to 100 characters, without quotes")
      .optional()
      .describe("What it is for; it stands in the rule."),
  })
  .refine(
    ({ port, from, interface: name }) => port !== undefined || from !== undefined || name !== undefined,
    "expected `port`, `from` or `interface`: a rule about everything is what `policy` says",
  )
  .refine(({ port, proto }) => proto === undefined || port !== undefined, "expected `port` beside `proto`");

export const firewallSchema = z.strictObject({
  policy: z.enum(["drop", "accept"]).default("drop").describe("What happens to what no rule is about; default `drop`."),
  allow: z.array(ruleSchema).default([]).describe("What comes in."),
  deny: z.array(ruleSchema).default([]).describe("What does not, whatever `allow` says."),
  ping: z.boolean().default(true).describe("Whether it answers a ping; default true."),
});

export type FirewallInput = z.input<typeof firewallSchema>;
export type FirewallSpec = z.output<typeof firewallSchema>;
export type FirewallRule = z.output<typeof ruleSchema>;

/** Rules as they were seen: what `spec()` gives, by the digest of the file that the machine keeps. */
const seenSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What is wanted: rules, or a file that was seen before. */
export type Wanted = { readonly fields: FirewallSpec } | { readonly seen: z.output<typeof seenSchema> };

export const wantedSchema = z.unknown().transform((value): Wanted => {
  const seen = seenSchema.safeParse(value);
  return seen.success ? { seen: seen.data } : { fields: firewallSchema.parse(value) };
});

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
