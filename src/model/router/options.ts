import { z } from "zod";
import { DroverError } from "../../lib/error.ts";

const folder = z.string().regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/, "expected an absolute path of plain names");
const seconds = z.int().min(1).max(604_800);

export const routerOptionsSchema = z.strictObject({
  /** Files that last: configuration, host names, the script. */
  dir: folder.default("/var/lib/drover/router"),
  /** Sockets and pid; gone after a reboot. */
  run: folder.default("/run/drover/router"),
  /** Where it listens. IPv6 only where the machine has it: HAProxy does not start without. */
  listen: z
    .array(
      z.strictObject({
        address: z.union([z.ipv4(), z.ipv6()]),
        port: z.int("expected an integer from 1 to 65535").min(1).max(65_535),
      }),
    )
    .min(1)
    .default([{ address: "0.0.0.0", port: 80 }]),
  /** The account that its workers run as; they are shut into an empty folder. */
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,30}$/, "expected a user name")
    .default("haproxy"),
  connectSeconds: seconds.default(5),
  /** Longest silence of a client or an app within a request. */
  idleSeconds: seconds.default(60),
  /** Longest silence of a WebSocket or another tunnel. */
  tunnelSeconds: seconds.default(3600),
  /** A worker that a reload has replaced ends what it still serves after this time. Not below any app's drain limit. */
  hardStopSeconds: seconds.default(86_400),
});

/** Where a machine's router lives and how it behaves; every field has a default. */
export type RouterOptions = z.input<typeof routerOptionsSchema>;
export type CheckedOptions = z.output<typeof routerOptionsSchema>;

export function checkOptions(options: RouterOptions): CheckedOptions {
  const result = routerOptionsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new DroverError("CONFIG_INVALID", `router: ${firstIssue(result.error)}`);
}

/** The first thing that is wrong, as `servers.0.port: expected ...`. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "invalid";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
