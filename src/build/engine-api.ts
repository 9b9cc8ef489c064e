import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DroverError } from "../lib/error.ts";
import { http } from "../lib/http.ts";
import { lineSplitter } from "../lib/ndjson.ts";

/** Opens one byte stream to a container engine's API: a unix socket, or `docker system dial-stdio` over SSH. */
export type Connect = (signal: AbortSignal) => Promise<Duplex>;

/** The oldest API that is spoken (Docker 20.10) and the newest that was read. */
const OLDEST = 41;
const NEWEST = 51;

export interface Call {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly json?: unknown;
  /** Raw bytes; sent as a tar. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Statuses of 400 and above that are an answer, not an error. */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
}

/** A container engine's HTTP API over streams that `connect` opens; connections are kept and used again. */
export class EngineApi implements AsyncDisposable {
  readonly #agent: EngineAgent;
  #prefix = "";

  constructor(connect: Connect) {
    this.#agent = new EngineAgent(connect);
  }

  /** Speaks the newest API that both sides know. */
  async negotiate(signal: AbortSignal): Promise<void> {
    const response = await this.call("GET", "/_ping", { signal });
    response.resume();
    const theirs = String(response.headers["api-version"] ?? "");
    const minor = Number(/^1\.(\d+)$/.exec(theirs)?.[1] ?? Number.NaN);
    if (!(minor >= OLDEST)) {
      throw new DroverError("BUILD_FAILED", `the container engine speaks API ${theirs || "of an unknown version"}`, {
        hint: `Drover needs API 1.${OLDEST} (Docker 20.10) or newer`,
      });
    }
    this.#prefix = `/v1.${Math.min(minor, NEWEST)}`;
  }

  /** One request; the answer's body must be read or destroyed by the caller. */
  async call(method: string, path: string, call: Call): Promise<IncomingMessage> {
    const response = await this.#send(method, path, call);
    const status = response.statusCode ?? 0;
    if (status < 400 || call.accept?.includes(status)) return response;
    const message = messageOf(await readText(response)) || `HTTP ${status}`;
    throw new DroverError("BUILD_FAILED", `the container engine refused ${method} ${path.split("?")[0]}: ${message}`, {
      evidence: [message],
    });
  }

  /** The answer as JSON; undefined where `accept` let an error status through. */
  async json(method: string, path: string, call: Call): Promise<unknown> {
    const response = await this.call(method, path, call);
    const text = await readText(response);
    if ((response.statusCode ?? 0) >= 400 || text.trim() === "") return undefined;
    return JSON.parse(text);
  }

  async #send(method: string, path: string, call: Call): Promise<IncomingMessage> {
    try {
      return await this.#attempt(method, path, call);
    } catch (error) {
      call.signal.throwIfAborted();
      if (DroverError.is(error)) throw error;
      // A kept connection may have been closed by the other side in the meantime: that is no failure of the engine.
      if (error instanceof StaleConnection && call.body === undefined) return await this.#attempt(method, path, call);
      const text = error instanceof Error ? error.message : String(error);
      throw new DroverError("UNREACHABLE", `the container engine does not answer: ${text}`, { cause: error });
    }
  }

  #attempt(method: string, path: string, call: Call): Promise<IncomingMessage> {
    const body = call.json === undefined ? call.body : Buffer.from(JSON.stringify(call.json));
    const headers: Record<string, string | number> = { host: "engine" };
    if (body !== undefined)
      headers["content-type"] = call.json === undefined ? "application/x-tar" : "application/json";
    if (body instanceof Uint8Array) headers["content-length"] = body.byteLength;
    return new Promise((resolve, reject) => {
      const target = this.#prefix + path + queryOf(call.query);
      const req = http.request({ agent: this.#agent, method, path: target, headers, signal: call.signal });
      req.once("response", resolve);
      req.on("error", (error) => reject(req.reusedSocket ? new StaleConnection(error) : error));
      if (body === undefined || body instanceof Uint8Array) req.end(body);
      else pipeline(body, req).catch(reject);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.close();
  }
}

/** Opens the API and agrees on its version. */
export async function openEngine(connect: Connect, signal: AbortSignal): Promise<EngineApi> {
  const api = new EngineApi(connect);
  try {
    await api.negotiate(signal);
    return api;
  } catch (error) {
    await api[Symbol.asyncDispose]();
    throw error;
  }
}

class StaleConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** An HTTP agent whose connections are any byte streams, not only sockets. */
class EngineAgent extends http.Agent {
  readonly #connect: Connect;
  readonly #closed = new AbortController();

  constructor(connect: Connect) {
    super({ keepAlive: true, maxSockets: 6 });
    this.#connect = connect;
  }

  override createConnection(_options: unknown, done: (error: Error | null, stream: Duplex) => void): undefined {
    this.#connect(this.#closed.signal).then(
      (stream) => done(null, socketLike(stream)),
      // Node reads the stream only when there is no error.
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  close(): void {
    this.#closed.abort();
    this.destroy();
  }
}

/** Gives a stream the methods by which an agent keeps idle sockets; one that is no socket has nothing to do there. */
function socketLike(stream: Duplex): Duplex {
  for (const method of ["ref", "unref", "setKeepAlive", "setTimeout"]) {
    if (!(method in stream)) Object.defineProperty(stream, method, { value: () => stream });
  }
  // Requests listen while they run; a stream that breaks or is destroyed while it is idle is nobody's failure.
  stream.on("error", () => undefined);
  return stream;
}

/** The lines of JSON that build, load and pull answer with, as they come. */
export async function* jsonLines(response: IncomingMessage): AsyncGenerator<unknown> {
  const lines: string[] = [];
  const split = lineSplitter((line) => lines.push(line));
  response.setEncoding("utf8");
  for await (const chunk of response) {
    split(String(chunk));
    for (const line of lines.splice(0)) if (line.trim() !== "") yield parseLine(line);
  }
  split("\n");
  for (const line of lines) if (line.trim() !== "") yield parseLine(line);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { error: line };
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && "message" in value) return String(value.message).trim();
  } catch {
    // Not JSON: shown as it is.
  }
  return body.trim().slice(0, 500);
}

function queryOf(query: Call["query"]): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** An image reference as a part of a path: its slashes stay, as the engine's router wants them. */
export function imagePath(reference: string, tail: string): string {
  return `/images/${reference.split("/").map(encodeURIComponent).join("/")}/${tail}`;
}
