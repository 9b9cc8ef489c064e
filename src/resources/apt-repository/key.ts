import { type PublicKey, publicKeys } from "./openpgp.ts";

const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----\n([\s\S]*?)\n-----END PGP PUBLIC KEY BLOCK-----/g;

/** The bytes of a key given as ASCII armour, or as base64 of its binary form. Throws `RangeError` for what is none. */
export function keyBytes(given: string): Buffer {
  const text = given.replaceAll("\r", "");
  if (text.includes("PRIVATE KEY BLOCK")) throw new RangeError("it holds a secret key");
  const blocks = [...text.matchAll(BLOCK)].map(([, body = ""]) => armoured(body));
  return blocks.length === 0 ? base64(text) : Buffer.concat(blocks);
}

/** Headers end with an empty line; the last line is a checksum. */
function armoured(body: string): Buffer {
  const lines = body.split("\n").map((line) => line.trim());
  const data = lines.slice(lines.indexOf("") + 1).filter((line) => line !== "");
  const sum = data.find((line) => line.startsWith("="));
  const bytes = base64(data.filter((line) => !line.startsWith("=")).join(""));
  if (sum !== undefined && sum.slice(1) !== checksum(bytes))
    throw new RangeError("its checksum is wrong: it was changed on the way");
  return bytes;
}

function base64(text: string): Buffer {
  const packed = text.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) {
    throw new RangeError("expected `-----BEGIN PGP PUBLIC KEY BLOCK-----` and what follows, or base64");
  }
  return Buffer.from(packed, "base64");
}

/** The file that apt reads, the same for the same key however it was given. */
export function armour(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [
    "-----BEGIN PGP PUBLIC KEY BLOCK-----",
    "",
    ...lines,
    `=${checksum(bytes)}`,
    "-----END PGP PUBLIC KEY BLOCK-----",
    "",
  ].join("\n");
}

/** CRC-24 of OpenPGP, in base64. */
function checksum(bytes: Buffer): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb);
    crc &= 0xffffff;
  }
  return Buffer.from([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]).toString("base64");
}

/** Keys of a text, or why it cannot be used: for the schema. */
export function keyFault(given: string): string | undefined {
  try {
    const revoked = keysOf(given).find((key) => key.isRevoked);
    return revoked === undefined ? undefined : `${revoked.fingerprint} was revoked by its owner`;
  } catch (error) {
    if (error instanceof RangeError) return `this is no public key that apt could use: ${error.message}`;
    throw error;
  }
}

export function keysOf(given: string): PublicKey[] {
  return publicKeys(keyBytes(given));
}

/** For people: its fingerprint, and until when it is good. */
export function describeKey({ fingerprint, expires }: PublicKey): string {
  return `${fingerprint}, ${expires === undefined ? "never expires" : `expires ${dayOf(expires)}`}`;
}

export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
