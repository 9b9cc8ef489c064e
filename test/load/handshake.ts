import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Target } from "./connection.ts";
import { type Head, parseHead } from "./response.ts";

/** What both ends hash to prove that they mean it (RFC 6455, 1.3). */
export function acceptFor(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** Asks for a WebSocket; resolves to the bytes that came after the server's agreement. */
export function handshake(socket: Socket, { host, path }: Target): Promise<Buffer> {
  const key = randomBytes(16).toString("base64");
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
  let bytes: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const head = parseHead(bytes);
      if (head === "incomplete") return;
      const refusal = refusalIn(head, key);
      if (refusal !== undefined) reject(new Error(`no WebSocket: ${refusal}`));
      socket.off("data", take);
      if (head !== "garbled") resolve(bytes.subarray(head.length));
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.once("end", () => reject(new Error("no WebSocket: closed before an answer")));
  });
}

function refusalIn(head: Head | "garbled", key: string): string | undefined {
  if (head === "garbled") return "not an HTTP answer";
  if (head.status !== 101) return `the server answered ${head.status}`;
  return head.headers.get("sec-websocket-accept") === acceptFor(key) ? undefined : "the server's proof is wrong";
}
