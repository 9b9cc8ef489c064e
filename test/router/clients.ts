import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";

export interface Target {
  /** Where the router is; default this machine. */
  readonly address?: string;
  readonly port: number;
  readonly host: string;
}

/** One request; the answer's status, release and body. */
export function ask(
  { address = "127.0.0.1", port, host }: Target,
  {
    path = "/",
    method = "GET",
    agent,
    headers = {},
  }: { path?: string; method?: string; agent?: Agent; headers?: Record<string, string> } = {},
): Promise<{ status: number; release: string; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: address,
        port,
        path,
        method,
        headers: { host, ...headers },
        ...(agent ? { agent } : {}),
        timeout: 20_000,
      },
      (response: IncomingMessage) => {
        let body = "";
        response.on("data", (data: Buffer) => (body += data.toString()));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, release: String(response.headers["x-release"] ?? ""), body }),
        );
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer within 20 s")));
    sent.on("error", reject);
    sent.end(method === "POST" ? "a=b" : undefined);
  });
}

export interface Load extends AsyncDisposable {
  /** Ends it: how many requests were answered, by which release, and each failure in words. */
  stop(): Promise<{ answered: number; releases: Map<string, number>; failures: string[] }>;
}

/** Clients with kept connections that ask one request after the other, reads and writes, quick and slow ones. */
export function keepAliveLoad(target: Target, clients: number): Load {
  const releases = new Map<string, number>();
  const failures: string[] = [];
  let [answered, running] = [0, true];
  const client = async (index: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = index; running; turn += 1) {
      const [method, path] = [turn % 3 === 0 ? "POST" : "GET", turn % 4 === 0 ? "/?wait=40" : "/"];
      try {
        const { status, release, body } = await ask(target, { method, path, agent });
        if (status !== 200) failures.push(`${method} ${path}: ${status} ${body}`);
        else releases.set(release, (releases.get(release) ?? 0) + 1);
        answered += 1;
      } catch (error) {
        failures.push(`${method} ${path}: ${String(error)}`);
      }
    }
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  const stop: Load["stop"] = async () => {
    running = false;
    await all;
    return { answered, releases, failures };
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

export interface FullLoad extends AsyncDisposable {
  /** Ends it: what wrk counted. */
  stop(): Promise<{ requests: number; perSecond: number; failed: string[] }>;
}

/** wrk at full speed with kept connections, until it is stopped. */
export function wrk(target: Target, connections = 16): FullLoad {
  const url = `http://${target.address ?? "127.0.0.1"}:${target.port}/`;
  const args = [
    "-t",
    "1",
    "-c",
    String(connections),
    "-d",
    "1h",
    "--timeout",
    "15s",
    "-H",
    `Host: ${target.host}`,
    url,
  ];
  const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
  });
  const closed = once(child, "close");
  const stop: FullLoad["stop"] = async () => {
    child.kill("SIGINT"); // it prints what it has counted so far
    await closed;
    return {
      requests: Number(/(\d+) requests in/.exec(text)?.[1] ?? 0),
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
      failed: text.split("\n").filter((line) => /Non-2xx|Socket errors/.test(line)),
    };
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

export interface WebSocketEnd {
  /** Sends a line and waits for its echo, which names the release. Fails when the connection is closed. */
  echo(line: string): Promise<string>;
  readonly closed: Promise<void>;
  close(): void;
}

/** Opens a WebSocket. */
export async function openWebSocket({ address = "127.0.0.1", port, host }: Target, path = "/"): Promise<WebSocketEnd> {
  const headers = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  const sent = request({ host: address, port, path, headers });
  sent.end();
  const [, socket]: [IncomingMessage, Socket] = await Promise.race([
    once(sent, "upgrade").then(([response, end]): [IncomingMessage, Socket] => [response, end]),
    once(sent, "response").then(([response]) => Promise.reject(new Error(`no upgrade: ${response.statusCode}`))),
  ]);
  socket.on("error", () => {}); // a cut is told by close
  const closed = once(socket, "close").then(() => undefined);
  return {
    closed,
    close: () => socket.destroy(),
    async echo(line) {
      socket.write(line);
      const gone = closed.then(() => Promise.reject(new Error("the WebSocket is closed")));
      const [data]: unknown[] = await Promise.race([once(socket, "data"), gone]);
      return String(data);
    },
  };
}
