import { isIPv6 } from "node:net";
import { z } from "zod";
import { lineSchema, secretSchema } from "../model/name.ts";
import type { Provider } from "../model/provider.ts";

/** `user@host`: neither part may begin with a dash, for it ends up as an argument of ssh. */
const destinationSchema = z
  .string()
  .max(300)
  .refine(isDestination, 'expected "user@host", a host name, an address or an alias of your ssh config');

const fileSchema = lineSchema.min(1).refine((path) => !path.startsWith("-"), "a file name must not begin with a dash");

const jumpSchema = z
  .string()
  .refine(
    (jumps) => jumps.split(",").every((jump) => isDestination(jump.replace(/:\d{1,5}$/, ""))),
    'expected "user@host", or several with commas between',
  );

/** Options of `server()`, with its host. */
export const serverSchema = z.strictObject({
  host: destinationSchema.describe(
    "`user@host`, or an alias of your ssh config, which decides all that is not said here.",
  ),
  port: z
    .int("expected an integer from 1 to 65535")
    .min(1)
    .max(65_535)
    .optional()
    .describe("Port of its ssh server; default as your ssh config says, else 22."),
  identity: fileSchema.optional().describe("File with the private key; default as your ssh config and agent say."),
  jump: jumpSchema.optional().describe("Hosts to go through, as after `ssh -J`."),
  config: fileSchema.optional().describe("An ssh config file in place of your own."),
  sudo: z
    .union([
      z.literal("auto"),
      z.boolean(),
      z.strictObject({ password: secretSchema.describe("The user's password for sudo.") }),
    ])
    .default("auto")
    .describe(
      "How a user that is not root becomes root: `auto` by sudo without a password, `{ password: secret(...) }` with " +
        "one; `false` works as that user. Default `auto`.",
    ),
  connectTimeout: z
    .number()
    .positive("expected seconds above 0")
    .max(600)
    .default(15)
    .describe("Seconds until the connection must stand; default 15."),
  persist: z
    .number()
    .min(0, "expected seconds, 0 for none")
    .max(3600)
    .default(60)
    .describe("Seconds that the connection stays open for the next command, as ssh's ControlPersist; 0 for none."),
});

/** A server that is there and reached through OpenSSH. */
const server: Provider = {
  name: "server",
  title: "A server that is there, reached through OpenSSH.",
  schema: serverSchema,
  reach(machine, spec) {
    const { provider: _, was: __, ...rest } = spec;
    const { host, ...options } = serverSchema.parse(rest);
    return { transport: "ssh", machine, address: addressOf(host), options: { destination: host, ...options } };
  },
};
export default server;

function isDestination(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [user, host] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (at >= 0 && !/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(user)) return false;
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host) || isIPv6(host);
}

function addressOf(destination: string): string {
  return destination.slice(destination.lastIndexOf("@") + 1);
}
