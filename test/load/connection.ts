import { connect, type Socket } from "node:net";
import { parseResponse, type Response } from "./response.ts";

/** Where to ask: the machine's address and port, and the app's name and path. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

export type Cut =
  | "refused" // nobody listens
  | "unreached" // no connection for another reason
  | "reset" // the connection was reset while an answer was due
  | "closed" // closed after the request was written, before a byte of the answer
  | "truncated" // closed in the middle of an answer
  | "garbled" // not HTTP, or more bytes than the answer has
  | "late" // no whole answer in time
  | "abandoned"; // we hung up

export interface Unanswered {
  readonly kind: Cut;
  readonly text: string;
}

export type Outcome = { readonly kind: "answered"; readonly response: Response } | Unanswered;

export interface Connection {
  /** False once it was closed by either side, which is normal between two requests. */
  isOpen(): boolean;
  /** Sends one request and waits for its answer; one at a time. */
  exchange(request: string): Promise<Outcome>;
  close(): void;
}

export function requestFor({ host, path }: Target, connection: "keep-alive" | "close"): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: ${connection}\r\n\r\n`;
}

export interface Limits {
  /** Longest wait for a connection or an answer; default 10 s. */
  readonly timeoutMs?: number;
  /** Hangs up at once; what is in flight is `abandoned`. */
  readonly signal: AbortSignal;
}

/** Connects, or says why not. */
export function open({ address, port, timeoutMs = 10_000, signal }: Target & Limits): Promise<Connection | Unanswered> {
  const socket = connect({ host: address, port, noDelay: true, signal });
  return new Promise((resolve) => {
    const fail = (kind: Cut, text: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ kind, text });
    };
    const timer = setTimeout(() => fail("unreached", `no connection within ${timeoutMs} ms`), timeoutMs);
    const failed = (error: NodeJS.ErrnoException): void => {
      if (signal.aborted) fail("abandoned", "called off");
      else fail(error.code === "ECONNREFUSED" ? "refused" : "unreached", error.message);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", failed);
      resolve(new SocketConnection(socket, timeoutMs, signal));
    });
  });
}

export function isConnection(value: Connection | Unanswered): value is Connection {
  return "exchange" in value;
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = true;
  /** Set while an answer is due. */
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(socket: Socket, timeoutMs: number, signal: AbortSignal) {
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#late(timeoutMs), timeoutMs);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("end", () => this.#end());
    socket.on("error", (error) => this.#finish({ kind: signal.aborted ? "abandoned" : "reset", text: error.message }));
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  exchange(request: string): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer.refresh();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#finish({ kind: "abandoned", text: "we hung up" });
  }

  #late(timeoutMs: number): void {
    if (this.#settle !== undefined) this.#finish({ kind: "late", text: `no answer within ${timeoutMs} ms` });
  }

  #take(chunk: Buffer): void {
    // What nobody asked for, such as a 408 on an idle connection, is a way to close it.
    if (this.#settle === undefined) {
      this.close();
      return;
    }
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#read(false);
  }

  #end(): void {
    if (this.#settle === undefined) this.close();
    else this.#read(true);
  }

  #read(ended: boolean): void {
    const parsed = parseResponse(this.#bytes, ended);
    const { length } = this.#bytes;
    if (parsed.kind === "garbled") this.#finish(parsed);
    else if (parsed.kind === "response" && parsed.length < length)
      this.#finish({ kind: "garbled", text: `${length - parsed.length} bytes after the answer` });
    else if (parsed.kind === "response") this.#finish({ kind: "answered", response: parsed.response });
    else if (ended && length === 0) this.#finish({ kind: "closed", text: "closed before the answer" });
    else if (ended) this.#finish({ kind: "truncated", text: `closed after ${length} bytes of the answer` });
  }

  /** Settles the request in flight, if there is one; only an answer that allows it keeps the connection. */
  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#bytes = Buffer.alloc(0);
    if (outcome.kind !== "answered" || !outcome.response.keepAlive) {
      this.#isOpen = false;
      clearTimeout(this.#timer);
      this.#socket.destroy();
    }
    settle?.(outcome);
  }
}
