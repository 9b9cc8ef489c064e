import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { DroverError } from "../../lib/error.ts";
import { firstIssue } from "./options.ts";

const plainName = z
  .string()
  .max(128)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "expected a-z, 0-9, `.` and `-`");

const hostLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^(\\*\\.)?(${hostLabel}\\.)*${hostLabel}$`);

const domain = z
  .string()
  .max(253)
  .refine((name) => name === "*" || hostName.test(name), "expected a lower-case host name, `*.` and one, or `*`");

const address = z
  .string()
  .refine((text) => isIPv4(text) || isPlainIPv6(text), "expected an IPv4 or IPv6 address")
  .transform((text) => (isIPv4(text) ? text : canonicalIPv6(text)));

export const routeSchema = z.strictObject({
  /** `<stack id>-<app>`; the backend's and the files' name. */
  name: plainName,
  /** The stack's id and environment, e.g. `gb-7f3k9q/production`. */
  owner: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,127}(\/[a-z0-9][a-z0-9.-]{0,127})?$/, "expected stack/environment"),
  /** Host names; `*.example.com` stands for one label, exact names win. `*`, or none at all: the default route. */
  domains: z
    .array(domain)
    .max(1000)
    .transform((names) => (names.length === 0 ? ["*"] : [...new Set(names)].sort())),
  servers: z
    .array(z.strictObject({ name: plainName, address, port: z.int().min(1).max(65_535) }))
    .max(1000)
    .refine((servers) => new Set(servers.map(({ name }) => name)).size === servers.length, "two servers of one name"),
  drainSeconds: z.number().min(0).max(86_400),
});

/** What the router serves for one app. */
export type RouteSpec = z.input<typeof routeSchema>;
export type CheckedRoute = z.output<typeof routeSchema>;

/** Refuses whatever could be anything but a name, an address or a number in HAProxy's configuration. */
export function checkRoute(spec: RouteSpec): CheckedRoute {
  const result = routeSchema.safeParse(spec);
  if (result.success) return result.data;
  throw new DroverError("CONFIG_INVALID", `route ${JSON.stringify(spec.name)}: ${firstIssue(result.error)}`);
}

/** No zone, and none that is spelled as IPv4: the kernel's spelling of those differs. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes("%") && !text.includes(".") && !/^::ffff:/i.test(canonicalIPv6(text));
}

/** As HAProxy prints it. */
function canonicalIPv6(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
