import { createHash } from "node:crypto";

/** What a public key says about itself. */
export interface PublicKey {
  readonly fingerprint: string;
  /** Seconds since 1970; undefined: never. */
  readonly expires: number | undefined;
  readonly isRevoked: boolean;
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

const PUBLIC_KEY = 6;
const SIGNATURE = 2;
const SECRET_KEYS = [5, 7];

/** Reads the primary keys of a keyring. Throws `RangeError` for what is none. */
export function publicKeys(bytes: Buffer): PublicKey[] {
  const packets = packetsIn(bytes);
  if (packets.some(({ tag }) => SECRET_KEYS.includes(tag))) throw new RangeError("it holds a secret key");
  const starts = packets.flatMap(({ tag }, at) => (tag === PUBLIC_KEY ? [at] : []));
  if (starts[0] !== 0) throw new RangeError("it does not begin with a public key");
  return starts.map((start, at) => keyOf(packets.slice(start, starts[at + 1])));
}

function packetsIn(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.readUInt8(at);
    if ((head & 0x80) === 0) throw new RangeError("it is not OpenPGP");
    const isNew = (head & 0x40) !== 0;
    const [length, begin] = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, head & 3);
    if (begin + length > bytes.length) throw new RangeError("it is cut off");
    packets.push({ tag: isNew ? head & 0x3f : (head >> 2) & 0x0f, body: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return packets;
}

function oldLength(bytes: Buffer, at: number, type: number): [length: number, begin: number] {
  if (type === 3) throw new RangeError("it has a packet of unknown length");
  const size = 1 << type;
  return [bytes.readUIntBE(at, size), at + size];
}

function newLength(bytes: Buffer, at: number): [length: number, begin: number] {
  const first = bytes.readUInt8(at);
  if (first < 192) return [first, at + 1];
  if (first < 224) return [((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, at + 2];
  if (first < 255) throw new RangeError("it has a packet of unknown length");
  return [bytes.readUInt32BE(at + 1), at + 5];
}

function keyOf([primary, ...rest]: readonly Packet[]): PublicKey {
  if (primary === undefined) throw new RangeError("a key of no packets");
  const fingerprint = fingerprintOf(primary.body);
  const created = primary.body.readUInt32BE(1);
  const own = rest.flatMap(({ tag, body }) => (tag === SIGNATURE ? (signatureOf(body) ?? []) : []));
  // Others sign a key, too: what they say about its end does not count.
  const self = own.filter((one) => one.issuer !== undefined && isOf(fingerprint, one.issuer));
  const newest = (isOne: (type: number) => boolean): number =>
    self
      .filter(({ type }) => isOne(type))
      .toSorted((a, b) => a.created - b.created)
      .at(-1)?.lasts ?? 0;
  // What is signed of the key itself comes before what is signed of its names.
  const lasts = newest((type) => type === 0x1f) || newest((type) => type >= 0x10 && type <= 0x13);
  return {
    fingerprint,
    expires: lasts === 0 ? undefined : created + lasts,
    isRevoked: self.some(({ type }) => type === 0x20),
  };
}

/** A key's number is the end of a version 4 fingerprint, and the beginning of a later one. */
function isOf(fingerprint: string, issuer: string): boolean {
  return fingerprint.length === 40 ? fingerprint.endsWith(issuer) : fingerprint.startsWith(issuer);
}

function fingerprintOf(body: Buffer): string {
  const version = body.readUInt8(0);
  const short = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  if (version === 4) return createHash("sha1").update(short).update(body).digest("hex").toUpperCase();
  if (version !== 6) throw new RangeError(`it is a key of version ${version}`);
  const long = Buffer.alloc(5, 0x9b);
  long.writeUInt32BE(body.length, 1);
  return createHash("sha256").update(long).update(body).digest("hex").toUpperCase();
}

interface Signature {
  readonly type: number;
  readonly created: number;
  /** Seconds from the key's creation to its end; 0 or undefined: never. */
  readonly lasts: number | undefined;
  /** The number of the key that signed. */
  readonly issuer: string | undefined;
}

function signatureOf(body: Buffer): Signature | undefined {
  const version = body.readUInt8(0);
  if (version !== 4 && version !== 6) return undefined;
  const size = version === 4 ? 2 : 4;
  const hashed = body.readUIntBE(4, size);
  const hashedEnd = 4 + size + hashed;
  const unhashed = body.readUIntBE(hashedEnd, size);
  const parts = subpackets(body.subarray(4 + size, hashedEnd));
  const loose = subpackets(body.subarray(hashedEnd + size, hashedEnd + size + unhashed));
  const fingerprint = (parts.get(33) ?? loose.get(33))?.subarray(1).toString("hex").toUpperCase();
  const number = (parts.get(16) ?? loose.get(16))?.toString("hex").toUpperCase();
  return {
    type: body.readUInt8(1),
    created: parts.get(2)?.readUInt32BE(0) ?? 0,
    lasts: parts.get(9)?.readUInt32BE(0),
    issuer: fingerprint ?? number,
  };
}

function subpackets(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at);
    const [length, begin] =
      first < 192
        ? [first, at + 1]
        : first < 255
          ? [((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, at + 2]
          : [bytes.readUInt32BE(at + 1), at + 5];
    found.set(bytes.readUInt8(begin) & 0x7f, bytes.subarray(begin + 1, begin + length));
    at = begin + length;
  }
  return found;
}
