import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { encodeFrame, frameReader, opcodes } from "./frame.ts";
import { acceptFor } from "./handshake.ts";

/** A small server to put behind a router. */
export interface Upstream extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Requests or, for a raw one, connections so far. */
  seen(): number;
  /** Cuts whatever is open. */
  close(): Promise<void>;
}

export interface Listen {
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: one that is free. */
  readonly port?: number;
}

/** Answers every path with its name. */
export function startNamed(name: string, listen: Listen = {}): Promise<Upstream> {
  return startHttp(listen, async () => ({ status: 200, text: name }));
}

/** Answers every path with an error. */
export function startBroken(status = 503, listen: Listen = {}): Promise<Upstream> {
  return startHttp(listen, async () => ({ status, text: `broken with ${status}` }));
}

/** Answers with its name `ms` milliseconds later. */
export function startSlow(name: string, ms: number, listen: Listen = {}): Promise<Upstream> {
  return startHttp(listen, async () => {
    await wait(ms);
    return { status: 200, text: name };
  });
}

/** Answers with its name, and on WebSockets greets with `release NAME`, then echoes. */
export async function startWebSocket(name: string, listen: Listen = {}): Promise<Upstream> {
  return await startHttp(
    listen,
    async () => ({ status: 200, text: name }),
    (server) => server.on("upgrade", (request, socket) => echo(name, request, socket)),
  );
}

/** Hands every connection to `take`, with its number from 1: for servers that misbehave. */
export async function startRaw(take: (socket: Socket, number: number) => void, listen: Listen = {}): Promise<Upstream> {
  let seen = 0;
  const server = createNetServer((socket) => {
    socket.on("error", () => {}); // the client's business
    seen += 1;
    take(socket, seen);
  });
  return await start(server, listen, () => seen);
}

/** A port of this machine where nobody listens. */
export async function unusedPort(): Promise<number> {
  const server = await startRaw(() => {});
  await server.close();
  return server.port;
}

type Answer = () => Promise<{ readonly status: number; readonly text: string }>;

async function startHttp(listen: Listen, answer: Answer, prepare?: (server: HttpServer) => void): Promise<Upstream> {
  let seen = 0;
  const server = createHttpServer((_request, response) => {
    seen += 1;
    void answer().then(({ status, text }) => {
      response.writeHead(status, { "content-type": "text/plain" });
      response.end(`${text}\n`);
    });
  });
  prepare?.(server);
  return await start(server, listen, () => seen);
}

async function start(
  server: Server,
  { address = "127.0.0.1", port = 0 }: Listen,
  seen: () => number,
): Promise<Upstream> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  // Listening on an address and a port, so that it is neither null nor a path.
  const bound = server.address() as AddressInfo;
  return { address, port: bound.port, seen, close, [Symbol.asyncDispose]: close };
}

function echo(name: string, { headers }: IncomingMessage, socket: Duplex): void {
  const accept = acceptFor(headers["sec-websocket-key"] ?? "");
  const agreed = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${agreed}\r\n\r\n`);
  const send = (opcode: number, payload: Buffer): boolean => socket.write(encodeFrame(opcode, payload, false));
  send(opcodes.text, Buffer.from(`release ${name}`));
  socket.on("error", () => {}); // the client's business
  socket.on(
    "data",
    frameReader(({ opcode, payload }) => {
      if (opcode === opcodes.text) send(opcode, payload);
      if (opcode === opcodes.ping) send(opcodes.pong, payload);
      if (opcode === opcodes.close) {
        send(opcode, payload);
        socket.end();
      }
    }),
  );
}
