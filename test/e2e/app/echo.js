import { createHash } from "node:crypto";

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** WebSockets on `/ws`: greets with its version, then sends every short text back. Enough of the protocol for tests. */
export function attachEcho(server, version) {
  server.on("upgrade", (request, socket) => {
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${MAGIC}`).digest("base64");
    const agreed = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${agreed}\r\n\r\n`);
    socket.write(frame(1, Buffer.from(`release ${version}`)));
    socket.on("error", () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const length = bytes.length < 2 ? 0 : 6 + (bytes[1] & 127);
        if (length === 0 || bytes.length < length) return;
        take(socket, bytes[0] & 15, unmasked(bytes.subarray(2, length)));
        bytes = bytes.subarray(length);
      }
    });
  });
}

/** A mask of four bytes, then what it is laid over. */
function unmasked(masked) {
  return Buffer.from(masked.subarray(4).map((byte, index) => byte ^ masked[index % 4]));
}

function take(socket, opcode, payload) {
  if (opcode === 1) socket.write(frame(1, payload));
  if (opcode === 9) socket.write(frame(10, payload));
  if (opcode === 8) socket.end(frame(8, payload));
}

function frame(opcode, payload) {
  return Buffer.concat([Buffer.from([128 | opcode, payload.length]), payload]);
}
