import { X509Certificate } from "node:crypto";
import { z } from "zod";

/** Exactly one certificate as PEM: update-ca-certificates takes one for each file. */
export const pemSchema = z
  .string()
  .refine((text) => !/PRIVATE KEY/.test(text), "it holds a private key, which has no place among certificates")
  .refine(
    (text) => (text.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length === 1,
    "expected one certificate as PEM (-----BEGIN CERTIFICATE-----)",
  )
  .refine((text) => certificateOf(text) !== undefined, "it looks like PEM, but holds no certificate");

/** The certificate alone, without what stands around it. */
export function plainPem(text: string): string {
  const [block = ""] = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(text) ?? [];
  return `${block.replaceAll("\r", "")}\n`;
}

export function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(plainPem(text));
  } catch {
    // The parser's words ("PEM routines: no start line") help nobody: the schema says what is expected.
    return undefined;
  }
}

/** Whose it is and until when, for people. */
export function describePem(text: string): string[] {
  const certificate = certificateOf(text);
  if (certificate === undefined) return [];
  const { subject, validToDate, ca } = certificate;
  const who = subject?.split("\n").at(-1) ?? "a certificate without a subject";
  return [
    `${who}, valid until ${validToDate.toISOString().slice(0, 10)}`,
    ...(ca ? [] : [`${who} is no authority: programs trust it for itself only`]),
  ];
}
