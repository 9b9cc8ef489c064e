import { isIP } from "node:net";
import { z } from "zod";
import { modeSchema, ownerSchema, textSchema } from "../../model/name.ts";
import { maskText, secretsIn } from "../../model/secret.ts";

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`);

const hostSchema = z
  .string()
  .refine(
    (name) => (isIP(name) > 0 && !name.includes("%")) || (name.length <= 253 && HOST.test(name)),
    "expected a host name in lower case such as www.example.org or *.example.org, or an address",
  );

/** What one of its own lasts when nothing is said. */
export const DAYS = 365;

export const certificateSchema = z
  .strictObject({
    names: z
      .array(hostSchema)
      .min(1)
      .optional()
      .describe("Names and addresses that it is for. The machine makes and signs it itself: for tests and inner use."),
    days: z.int().min(1).max(36_500).optional().describe("Days that one with `names` lasts; default 365."),
    renewBefore: z
      .int()
      .min(0)
      .default(30)
      .describe(
        "Days before its end in which it is due: one with `names` is made anew, one that is given is noted. Default 30.",
      ),
    chain: textSchema
      .refine(
        (text) => secretsIn(text).size > 0 || isPem(maskText(text)),
        "expected certificates in PEM, its own first",
      )
      .optional()
      .describe("In place of `names`: the certificate and those between it and its root, in PEM and in that order."),
    privateKey: textSchema
      .refine((text) => secretsIn(text).size > 0, "expected a `secret(...)`: a key is no text for a stack file")
      .optional()
      .describe("The key that belongs to `chain`, in PEM."),
    mode: modeSchema
      .refine((mode) => /[0]$/.test(mode), "expected a mode that shuts others out, such as 0640")
      .default("0600")
      .describe("Mode of the key's file; default `0600`."),
    owner: ownerSchema.default("root:root").describe("Owner of the key's file, `user:group`; default `root:root`."),
  })
  .refine(
    ({ names, chain, privateKey }) =>
      names === undefined
        ? chain !== undefined && privateKey !== undefined
        : chain === undefined && privateKey === undefined,
    "expected either `names`, or `chain` and `privateKey`",
  )
  .refine(
    ({ names, days = DAYS, renewBefore }) => names === undefined || renewBefore < days,
    "expected `renewBefore` to be less than `days`: else it is due at once",
  )
  .refine(({ names, days }) => names !== undefined || days === undefined, "`days` is for one with `names`");

export type CertificateInput = z.input<typeof certificateSchema>;
export type CertificateSpec = z.output<typeof certificateSchema>;

function isPem(text: string): boolean {
  return /^\s*-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\s*$/.test(text);
}
