import { randomBytes } from "node:crypto";
import { DroverError } from "../../lib/error.ts";
import { lineSplitter } from "../../lib/ndjson.ts";
import { type Channel, SHELL_READY } from "../../model/session.ts";

const LOST = "what was sent ahead got lost";

interface Waiting {
  readonly lines: string[];
  resolve(text: string): void;
  reject(error: Error): void;
}

/**
 * Frames exchanges over one shell: a script goes in, followed by a mark that cannot be guessed; what comes out until
 * the mark is its answer. One exchange is one round trip, whatever the script holds.
 */
export class Frames {
  readonly #channel: Channel;
  readonly #machine: string;
  readonly #mark = `drover-${randomBytes(12).toString("hex")}`;
  readonly #waiting: Waiting[] = [];
  #state: "nothing" | "begun" | "answered" = "nothing";
  #errors = "";
  #ended: string | undefined;
  #count = 0;

  constructor(channel: Channel, machine: string) {
    this.#channel = channel;
    this.#machine = machine;
    channel.stdout.setEncoding("utf8");
    channel.stderr.setEncoding("utf8");
    channel.stdout.on(
      "data",
      lineSplitter((line) => this.#line(line)),
    );
    channel.stderr.on("data", (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-4000);
    });
    channel.stdin.on("error", () => {}); // The channel's end, which follows, tells the reason.
    void channel.ended.then((why) => this.#end(why));
  }

  /** Round trips so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether anything was answered yet. */
  get isAnswered(): boolean {
    return this.#state === "answered";
  }

  /** Runs a script in a subshell and gives what it printed. */
  exchange(script: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) return Promise.reject(this.#lost(this.#ended));
    this.#count += 1;
    const answer = new Promise<string>((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      const settle = (): void => signal.removeEventListener("abort", stop);
      this.#waiting.push({
        lines: [],
        resolve: (text) => {
          settle();
          resolve(text);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
    if (this.#count === 1) this.#channel.stdin.write(`echo '${this.#mark} begins'\n`);
    this.#channel.stdin.write(`(\n${script}\n) </dev/null\nprintf '\\n%s\\n' ${this.#mark}\n`);
    return answer;
  }

  #line(line: string): void {
    const first = this.#waiting[0];
    if (this.#isAboutStart(line, first)) return;
    if (line !== this.#mark) {
      first?.lines.push(line);
      return;
    }
    if (this.#state === "nothing") {
      this.#end(LOST);
      return;
    }
    this.#state = "answered";
    this.#waiting.shift();
    first?.resolve(first.lines.join("\n"));
  }

  /**
   * A shell that was not waited for may lose the beginning of what was sent ahead, or all of it, to a program of its login that
   * reads. So the first exchange says that it begins; and once the shell stands, it is told to say so behind that exchange.
   */
  #isAboutStart(line: string, first: Waiting | undefined): boolean {
    const isEarly = this.#state === "nothing";
    if (line === `${this.#mark} begins`) {
      first?.lines.splice(0);
      this.#state = "begun";
    } else if (line === `${this.#mark} stands`) {
      if (isEarly) this.#end(LOST);
    } else if (line === SHELL_READY && isEarly) {
      if (first !== undefined) this.#channel.stdin.write(`echo '${this.#mark} stands'\n`);
    } else return false;
    return true;
  }

  #end(why: string): void {
    this.#ended = why;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#lost(why));
  }

  #lost(why: string): DroverError {
    const evidence = this.#errors.trim() === "" ? [] : this.#errors.trim().split("\n").slice(-5);
    return new DroverError("UNREACHABLE", `the connection to ${this.#machine} ended: ${why}`, {
      where: { machine: this.#machine },
      evidence,
      hint: "run the same command again: it follows what still runs there and finishes the rest",
    });
  }
}
