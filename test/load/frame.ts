import { randomBytes } from "node:crypto";

/** What a WebSocket frame carries (RFC 6455, 5.2). */
export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  /** False when `more` frames of the same message follow. */
  readonly final: boolean;
  readonly payload: Buffer;
}

/** One frame as bytes. A client must mask what it sends, a server must not. */
export function encodeFrame(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const maskBit = masked ? 0x80 : 0;
  const first = 0x80 | opcode;
  let head: Buffer;
  if (payload.length < 126) {
    head = Buffer.from([first, maskBit | payload.length]);
  } else if (payload.length < 65_536) {
    head = Buffer.from([first, maskBit | 126, payload.length >> 8, payload.length & 255]);
  } else {
    head = Buffer.alloc(10);
    head.set([first, maskBit | 127]);
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, xor(payload, mask)]);
}

/** The first frame in `bytes` and how many of them it takes, or undefined when it has not all come. */
export function decodeFrame(bytes: Buffer): { frame: Frame; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const maskAt = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < maskAt) return undefined;
  const size = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const masked = (bytes.readUInt8(1) & 0x80) !== 0;
  const start = masked ? maskAt + 4 : maskAt;
  if (bytes.length < start + size) return undefined;
  const payload = bytes.subarray(start, start + size);
  const first = bytes.readUInt8(0);
  return {
    frame: {
      opcode: first & 0x0f,
      final: (first & 0x80) !== 0,
      payload: masked ? xor(payload, bytes.subarray(maskAt, start)) : Buffer.from(payload),
    },
    length: start + size,
  };
}

/** Makes frames of bytes as they come; `take` is called for each whole one. */
export function frameReader(take: (frame: Frame) => void): (chunk: Buffer) => void {
  let bytes: Buffer = Buffer.alloc(0);
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let next = decodeFrame(bytes); next !== undefined; next = decodeFrame(bytes)) {
      bytes = bytes.subarray(next.length);
      take(next.frame);
    }
  };
}

/** A close frame's content: the status and a few words. */
export function closePayload(code: number, reason: string): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

function xor(payload: Buffer, mask: Buffer): Buffer {
  return Buffer.from(payload.map((byte, index) => byte ^ mask.readUInt8(index % 4)));
}
