import type { Duplex } from "node:stream";
import type { RunEvent } from "../api.ts";
import { COMMAND } from "../engine/session/command.ts";
import { describeHolder } from "../engine/session/follow.ts";
import { systemClock } from "../lib/clock.ts";
import { lineSplitter } from "../lib/ndjson.ts";
import type { Session } from "../model/session.ts";

/** Both streams of a connection that was lost end with it, the second a moment later. */
const MOMENT = 500;
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
  const line = (stream: "stdout" | "stderr") => (text: string) => tell({ event: "line", machine, stream, text });
  const output = new Marked(mark, line("stdout"));
  const errors = new Marked(mark, line("stderr"), (why) => tell({ event: "unrecorded", machine, why: whyText(why) }));
  const argv = ["/bin/sh", "-c", COMMAND, "sh", mark, ...args];
  const stream = await session.open({ argv, errors: (chunk) => errors.push(chunk) }, signal);
  stream.setEncoding("utf8").on("data", (chunk: string) => output.push(chunk));
  const closed = closing(stream);
  // What it leaves running may hold its output open for ever: its own end is what counts.
  await Promise.race([Promise.all([output.ended, errors.ended]), closed, stopped(stream, closed, signal)]);
  await Promise.race([errors.ended, pause(MOMENT)]);
  stream.destroy();
  output.flush();
  errors.flush();
  if (errors.code !== undefined) return errors.code;
  throw (await closed) ?? new Error("before the command had ended");
}

/** Resolves when a command that was to be ended, had its time for it. The end of its input is what ends it there. */
function stopped(stream: Duplex, closed: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      stream.end();
      void pause(LONGEST_STOP).then(resolve);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    void closed.then(() => signal.removeEventListener("abort", stop));
  });
}

/** How a stream ended. Never rejects. */
function closing(stream: Duplex): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.once("error", resolve);
    stream.once("end", () => resolve(undefined));
    stream.once("close", () => resolve(undefined));
  });
}

function pause(ms: number): Promise<void> {
  return systemClock.sleep(ms, new AbortController().signal);
}

/** A stream of lines of the command, the last of which needs no line end, and of lines that are said about it. */
class Marked {
  readonly #mark: string;
  readonly #onLine: (line: string) => void;
  readonly #onWhy: (why: string) => void;
  readonly #split = lineSplitter((line) => this.#line(line));
  readonly #end = Promise.withResolvers<void>();
  /** What is said begins on a new line: an empty one before it is no line of the command's. */
  #isEmpty = false;
  #isWhole = true;
  code: number | undefined;

  constructor(mark: string, onLine: (line: string) => void, onWhy: (why: string) => void = () => {}) {
    this.#mark = `${mark} `;
    this.#onLine = onLine;
    this.#onWhy = onWhy;
  }

  /** Resolves when nothing of the command's own comes any more. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  push(chunk: string): void {
    this.#isWhole = chunk.endsWith("\n");
    this.#split(chunk);
  }

  flush(): void {
    if (!this.#isWhole) this.push("\n");
  }

  #line(text: string): void {
    const isSaid = text.startsWith(this.#mark);
    if (this.#isEmpty && !isSaid) this.#onLine("");
    this.#isEmpty = text === "";
    if (isSaid) this.#said(text.slice(this.#mark.length));
    else if (!this.#isEmpty) this.#onLine(text.endsWith("\r") ? text.slice(0, -1) : text);
  }

  #said(text: string): void {
    if (text.startsWith("unrecorded ")) {
      this.#onWhy(text.slice("unrecorded ".length));
      return;
    }
    if (text.startsWith("exit ")) this.code = Number(text.slice("exit ".length));
    this.#end.resolve();
  }
}

function whyText(why: string): string {
  return why.startsWith("held ") ? `another run holds the machine: ${describeHolder(why.slice("held ".length))}` : why;
}
