import type { Worker } from "node:worker_threads";
import { DroverError } from "../lib/error.ts";
import { describeThrown, type RoleAnswer, type RoleCall, type RoleCalls, type WorkerNews } from "./message.ts";

interface Waiting {
  resolve(answers: readonly RoleAnswer[]): void;
  reject(error: Error): void;
}

/**
 * The thread of a stack file that has roles: it stays for as long as the process does, and calls them when it is asked to.
 * It keeps the process alive only while it is asked.
 */
export class RoleThread {
  readonly #worker: Worker;
  /** Seconds that one call may take. */
  readonly #within: number;
  readonly #waiting = new Map<number, Waiting>();
  #ended: DroverError | undefined;
  #last = 0;

  constructor(worker: Worker, within: number) {
    this.#worker = worker;
    this.#within = within;
    worker.on("message", (news: WorkerNews) => {
      if (news.kind === "called") this.#settle(news.id, (waiting) => waiting.resolve(news.answers));
    });
    worker.on("error", (error) => this.#end(`a role threw: ${describeThrown(error).message}`));
    worker.on("exit", () => this.#end("a role ended the process"));
    worker.unref();
  }

  async call(calls: readonly RoleCall[], signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<readonly RoleAnswer[]>();
    const late = AbortSignal.timeout(this.#within * 1000);
    const expire = (): void => this.#end(`a role was not done after ${this.#within} s`);
    const cancel = (): void => this.#settle(id, () => reject(signal.reason));
    this.#waiting.set(id, { resolve, reject });
    this.#worker.ref();
    late.addEventListener("abort", expire, { once: true });
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const asked: RoleCalls = { id, calls };
      this.#worker.postMessage(asked);
      return await promise;
    } finally {
      late.removeEventListener("abort", expire);
      signal.removeEventListener("abort", cancel);
    }
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (waiting !== undefined) how(waiting);
  }

  /** Nothing can be asked any more: whoever waits is told why. */
  #end(why: string): void {
    this.#ended ??= new DroverError("CONFIG_INVALID", why, {
      hint: "a role gives resources and does nothing else: look for a loop or an await in it that does not end",
    });
    const { message, hint } = this.#ended;
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, (waiting) =>
        waiting.reject(new DroverError("CONFIG_INVALID", message, hint === undefined ? {} : { hint })),
      );
    }
    void this.#worker.terminate();
  }
}
