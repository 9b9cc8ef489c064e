import { z } from "zod";
import { lineSchema } from "../../model/name.ts";

const word = lineSchema.min(1).refine((text) => text.trim() === text, "expected a value without blanks around it");
const single = z.union([word, z.int(), z.boolean()]);
const valueSchema = z.union([single, z.array(z.union([word, z.int()])).min(1)]);
const yesNo = z.union([z.boolean(), z.enum(["yes", "no"])]);
const seconds = z.union([z.int().min(0), z.string().regex(/^(\d+[smhdw]?)+$/i, "expected a time such as 30 or 2m")]);
const names = z
  .union([word, z.array(word.refine((name) => !/\s/.test(name), "expected one name or pattern for each entry")).min(1)])
  .optional();
const port = z.int().min(1).max(65_535);
const algorithms = z.union([word, z.array(word).min(1)]).optional();

export const sshdSchema = z
  .object({
    Port: z
      .union([port, z.array(port).min(1)])
      .optional()
      .describe("Ports that it listens on."),
    ListenAddress: names.describe("Addresses that it listens on; with `Port` beside it."),
    PermitRootLogin: z
      .union([z.boolean(), z.enum(["yes", "no", "prohibit-password", "forced-commands-only"])])
      .optional()
      .describe("Whether root may log in, and how."),
    PasswordAuthentication: yesNo.optional().describe("Whether passwords open it."),
    PubkeyAuthentication: yesNo.optional().describe("Whether keys open it."),
    KbdInteractiveAuthentication: yesNo.optional().describe("Whether questions such as PAM's open it."),
    PermitEmptyPasswords: yesNo.optional().describe("Whether an empty password is one."),
    AllowUsers: names.describe("Names or patterns of those who may log in; nobody else may."),
    AllowGroups: names.describe("Groups whose members may log in; nobody else may."),
    DenyUsers: names.describe("Names or patterns of those who may not."),
    DenyGroups: names.describe("Groups whose members may not."),
    MaxAuthTries: z.int().min(1).optional().describe("Tries in one connection."),
    MaxSessions: z.int().min(0).optional().describe("Sessions in one connection."),
    LoginGraceTime: seconds.optional().describe("Seconds, or a time such as `2m`, to log in."),
    ClientAliveInterval: seconds.optional().describe("Seconds between two looks whether a client is still there."),
    ClientAliveCountMax: z.int().min(0).optional().describe("Looks without an answer before it is cut off."),
    AllowTcpForwarding: z
      .union([z.boolean(), z.enum(["yes", "no", "all", "local", "remote"])])
      .optional()
      .describe("Whether ports may be forwarded."),
    AllowAgentForwarding: yesNo.optional().describe("Whether the agent may be forwarded."),
    X11Forwarding: yesNo.optional().describe("Whether X11 may be forwarded."),
    UsePAM: yesNo.optional().describe("Whether PAM has a say."),
    LogLevel: z
      .enum(["QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3"])
      .optional()
      .describe("How much it logs."),
    Ciphers: algorithms.describe("Ciphers that it offers, or what is added to (`+`) or taken from (`-`) its own."),
    MACs: algorithms.describe("As `Ciphers`, for message authentication."),
    KexAlgorithms: algorithms.describe("As `Ciphers`, for the exchange of keys."),
  })
  .catchall(valueSchema.optional())
  .superRefine((fields, context) => {
    for (const [path, message] of wrongKeys(Object.keys(fields))) {
      context.addIssue({ code: "custom", path: path === undefined ? [] : [path], message });
    }
  });

export type SshdInput = z.input<typeof sshdSchema>;
export type SshdSpec = z.output<typeof sshdSchema>;

function* wrongKeys(keys: readonly string[]): Generator<[key: string | undefined, message: string]> {
  const lower = keys.map((key) => key.toLowerCase());
  if (keys.length === 0) yield [undefined, "expected at least one key of sshd_config, such as `PermitRootLogin`"];
  for (const [at, key] of keys.entries()) {
    const small = lower[at] ?? "";
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(key)) yield [key, "expected a key of sshd_config, such as `PermitRootLogin`"];
    else if (small === "match" || small === "include")
      yield [
        key,
        `\`${key}\` opens a part of its own, which would change what follows: write it into a file() of its own`,
      ];
    else if (lower.indexOf(small) !== at) yield [key, "sshd does not tell upper from lower case: it is there twice"];
  }
  if (lower.includes("listenaddress") && !lower.includes("port"))
    yield [undefined, "expected `Port` beside `ListenAddress`: what it listens on is both"];
}

/** A drop-in as it was seen: what `spec()` gives, by the digest of the bytes that the machine keeps. */
const seenSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What is wanted: settings, or a drop-in that was seen before. */
export type Wanted = { readonly fields: SshdSpec } | { readonly seen: z.output<typeof seenSchema> };

export const wantedSchema = z.unknown().transform((value): Wanted => {
  const seen = seenSchema.safeParse(value);
  return seen.success ? { seen: seen.data } : { fields: sshdSchema.parse(value) };
});
