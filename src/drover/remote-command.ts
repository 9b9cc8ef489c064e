import type { Duplex } from "node:stream";
import type { RunEvent } from "../api.ts";
import { COMMAND } from "../engine/session/command.ts";
import { describeHolder } from "../engine/session/follow.ts";
import { systemClock } from "../lib/clock.ts";
import { lineSplitter } from "../lib/ndjson.ts";
import type { Session } from "../model/session.ts";

/** What a command leaves running may hold its output open for ever: so long nothing may come after its end, in ms. */
const SILENCE = 500;
/** How long a command may take to end once it is told to: more than the target itself gives it. */
const LONGEST_STOP = 15_000;

type Tell = (news: RunEvent) => void;

export interface RemoteCommand {
  /** Begins the lines that are not the command's own. */
  readonly mark: string;
  readonly args: readonly string[];
}

/** Runs a command on a target to its exit code. When the signal comes, all of the command is ended there. */
export async function runRemote(
  session: Session,
  { mark, args }: RemoteCommand,
  tell: Tell,
  signal: AbortSignal,
): Promise<number> {
  const { machine } = session;
  const errors = new Errors(machine, mark, tell);
  const output = new Lines((text) => tell({ event: "line", machine, stream: "stdout", text }));
  const argv = ["/bin/sh", "-c", COMMAND, "sh", mark, ...args];
  const stream = await session.open({ argv, errors: (chunk) => errors.push(chunk) }, signal);
  stream.setEncoding("utf8").on("data", (chunk: string) => output.push(chunk));
  const closed = closing(stream);
  // The end of its input is what ends it there.
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      stream.end();
      void pause(LONGEST_STOP).then(resolve);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    void closed.then(() => signal.removeEventListener("abort", stop));
  });
  await Promise.race([errors.exit, closed, stopped]);
  await silence(() => output.count + errors.count, closed);
  stream.destroy();
  output.flush();
  errors.flush();
  if (errors.code !== undefined) return errors.code;
  throw (await closed) ?? new Error("before the command had ended");
}

/** How a stream ended. Never rejects. */
function closing(stream: Duplex): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.once("error", resolve);
    stream.once("end", () => resolve(undefined));
    stream.once("close", () => resolve(undefined));
  });
}

/** Waits for the end of the stream, or until nothing has come for a while. */
async function silence(count: () => number, closed: Promise<unknown>): Promise<void> {
  let isClosed = false;
  const ended = closed.then(() => {
    isClosed = true;
  });
  for (let before = -1; !isClosed && before !== count(); ) {
    before = count();
    await Promise.race([ended, pause(SILENCE)]);
  }
  // Both streams of a command end with it, the second a moment later.
  await pause(0);
}

function pause(ms: number): Promise<void> {
  return systemClock.sleep(ms, new AbortController().signal);
}

/** Text as lines; the last one needs no line end. */
class Lines {
  readonly #push: (chunk: string) => void;
  #isWhole = true;
  count = 0;

  constructor(onLine: (line: string) => void) {
    this.#push = lineSplitter((line) => onLine(line.endsWith("\r") ? line.slice(0, -1) : line));
  }

  push(chunk: string): void {
    this.count += chunk.length;
    this.#isWhole = chunk.endsWith("\n");
    this.#push(chunk);
  }

  flush(): void {
    if (!this.#isWhole) this.push("\n");
  }
}

/** What comes on standard error: lines of the command, and what is said about it. */
class Errors {
  readonly #lines: Lines;
  readonly #mark: string;
  readonly #machine: string;
  readonly #tell: Tell;
  readonly #exit = Promise.withResolvers<void>();
  /** What is said begins on a new line: an empty one before it is no line of the command's. */
  #isEmpty = false;
  code: number | undefined;

  constructor(machine: string, mark: string, tell: Tell) {
    this.#lines = new Lines((text) => this.#line(text));
    this.#mark = `${mark} `;
    this.#machine = machine;
    this.#tell = tell;
  }

  /** Resolves when the command has ended. */
  get exit(): Promise<void> {
    return this.#exit.promise;
  }

  get count(): number {
    return this.#lines.count;
  }

  push(chunk: string): void {
    this.#lines.push(chunk);
  }

  flush(): void {
    this.#lines.flush();
  }

  #line(text: string): void {
    const isSaid = text.startsWith(this.#mark);
    if (this.#isEmpty && !isSaid) this.#show("");
    this.#isEmpty = text === "";
    if (isSaid) this.#said(text.slice(this.#mark.length));
    else if (!this.#isEmpty) this.#show(text);
  }

  #show(text: string): void {
    this.#tell({ event: "line", machine: this.#machine, stream: "stderr", text });
  }

  #said(text: string): void {
    if (text.startsWith("exit ")) {
      this.code = Number(text.slice("exit ".length));
      this.#exit.resolve();
    } else {
      this.#tell({ event: "unrecorded", machine: this.#machine, why: whyText(text.slice("unrecorded ".length)) });
    }
  }
}

function whyText(why: string): string {
  return why.startsWith("held ") ? `another run holds the machine: ${describeHolder(why.slice("held ".length))}` : why;
}
