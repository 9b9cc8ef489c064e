import { connect, type Socket } from "node:net";
import type { Limits, Target } from "./connection.ts";
import { closePayload, encodeFrame, type Frame, frameReader, opcodes } from "./frame.ts";
import { handshake } from "./handshake.ts";
import { within } from "./wait.ts";

/** When and how a WebSocket ended. */
export interface Closed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `asked`: we said goodbye first; `goodbye`: the server did; `ended`: closed without a word; `reset`: torn down. */
  readonly how: "asked" | "goodbye" | "ended" | "reset" | "abandoned";
  /** The status of the goodbye, e.g. 1001. */
  readonly code: number | undefined;
  readonly text: string;
}

/**
 * Opens a WebSocket; rejects with the answer's status or the socket's error when it is not to be had.
 *
 * @example
 * const { socket, release } = await openOnRelease({ address, port, host: "a.localhost", path: "/ws", signal });
 * await socket.echo("still there?");
 * expect((await socket.close()).how).toBe("asked");
 */
export async function openWebSocket(options: Target & Limits): Promise<WebSocketClient> {
  const { address, port, timeoutMs = 10_000, signal } = options;
  const socket = connect({ host: address, port, noDelay: true, signal });
  try {
    const rest = await within(handshake(socket, options), timeoutMs, "the WebSocket handshake");
    return new WebSocketClient(socket, rest, timeoutMs, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Opens a WebSocket to a server that greets with `release NAME`, as the guestbook does, and says which release that is. */
export async function openOnRelease(options: Target & Limits): Promise<{ socket: WebSocketClient; release: string }> {
  const socket = await openWebSocket(options);
  const greeting = await socket.next();
  const release = /^release (\S+)$/.exec(greeting)?.[1];
  if (release !== undefined) return { socket, release };
  await socket.close();
  throw new Error(`expected "release NAME", got ${JSON.stringify(greeting)}`);
}

export class WebSocketClient {
  /** Settles when the connection ends, whoever ends it; never rejects. */
  readonly closed: Promise<Closed>;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #messages: string[] = [];
  readonly #waiting: Array<(message: string) => void> = [];
  readonly #pongs: Array<() => void> = [];
  #parts: Buffer[] = [];
  #asked = false;
  #goodbye: { readonly code: number | undefined; readonly text: string } | undefined;

  constructor(socket: Socket, rest: Buffer, timeoutMs: number, signal: AbortSignal) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    const read = frameReader((frame) => this.#take(frame));
    this.closed = new Promise((resolve) => {
      let error: Error | undefined;
      socket.on("error", (cause) => {
        error = cause;
      });
      socket.once("close", () => resolve(this.#howClosed(signal.aborted, error)));
    });
    socket.on("data", read);
    read(rest);
  }

  send(text: string): void {
    this.#write(opcodes.text, Buffer.from(text));
  }

  /** The next text message, in the order they came. */
  async next(): Promise<string> {
    const queued = this.#messages.shift();
    if (queued !== undefined) return queued;
    return await this.#answer<string>("a message", (resolve) => this.#waiting.push(resolve));
  }

  /** Sends a text and waits until the same comes back. */
  async echo(text: string): Promise<void> {
    this.send(text);
    const back = await this.next();
    if (back !== text) throw new Error(`expected ${JSON.stringify(text)}, got ${JSON.stringify(back)}`);
  }

  /** Waits for the answer to a ping: the connection lives. */
  async ping(): Promise<void> {
    const pong = this.#answer<void>("a pong", (resolve) => this.#pongs.push(resolve));
    this.#write(opcodes.ping, Buffer.alloc(0));
    await pong;
  }

  /** Says goodbye and waits for the server's; hangs up without it after the time limit. */
  async close(code = 1000, reason = ""): Promise<Closed> {
    this.#asked = this.#goodbye === undefined;
    this.#write(opcodes.close, closePayload(code, reason));
    await within(this.closed, this.#timeoutMs, "the server's goodbye").catch(() => this.#socket.destroy());
    return await this.closed;
  }

  async #answer<T>(what: string, ask: (resolve: (value: T) => void) => void): Promise<T> {
    const gone = this.closed.then(({ how, text }): never => {
      throw new Error(`closed (${how}: ${text}) while waiting for ${what}`);
    });
    return await within(Promise.race([new Promise<T>(ask), gone]), this.#timeoutMs, what);
  }

  #write(opcode: number, payload: Buffer): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(opcode, payload, true));
  }

  #take({ opcode, final, payload }: Frame): void {
    if (opcode === opcodes.ping) this.#write(opcodes.pong, payload);
    else if (opcode === opcodes.pong) this.#pongs.shift()?.();
    else if (opcode === opcodes.close) this.#takeClose(payload);
    else {
      this.#parts.push(payload);
      if (final) this.#deliver(Buffer.concat(this.#parts.splice(0)).toString("utf8"));
    }
  }

  #deliver(message: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }

  #takeClose(payload: Buffer): void {
    const code = payload.length < 2 ? undefined : payload.readUInt16BE(0);
    this.#goodbye = { code, text: payload.toString("utf8", 2) };
    if (!this.#asked) this.#write(opcodes.close, payload);
    this.#socket.end();
  }

  #howClosed(aborted: boolean, error: Error | undefined): Closed {
    const at = Date.now();
    const { code, text } = this.#goodbye ?? { code: undefined, text: error?.message ?? "" };
    if (aborted) return { at, how: "abandoned", code, text };
    if (this.#asked) return { at, how: "asked", code, text };
    if (this.#goodbye !== undefined) return { at, how: "goodbye", code, text };
    return { at, how: error === undefined ? "ended" : "reset", code, text };
  }
}
