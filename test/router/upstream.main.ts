import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";

// A small app in a process of its own: says which release it is, echoes over WebSocket, and exits at once on SIGTERM,
// so that whatever was still under way is seen as a failed request.
const [, , release = "none", address = "127.0.0.1"] = process.argv;

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const wait = Number(new URL(request.url ?? "/", "http://app").searchParams.get("wait") ?? 0);
    const answer = (): void => {
      response.setHeader("x-release", release);
      response.end(JSON.stringify({ release, headers: request.headers }));
    };
    if (wait > 0) setTimeout(answer, wait);
    else answer();
  });
});

server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  // No frames: lines are enough to see that both ends are still joined.
  socket.on("data", (data: Buffer) => socket.write(`${release}:${data}`));
  // An http server leaves its sockets half open. An app that does not mind them (`/half`) is one of the cases.
  if (request.url !== "/half") socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
});

server.listen(0, address, () => {
  const at = server.address();
  if (typeof at === "object" && at !== null) process.stdout.write(`${at.port}\n`);
});
