import { DroverError } from "../lib/error.ts";
import type { Answer, Key } from "../model/answer.ts";
import type { JournalLine } from "../model/journal.ts";
import type { Views } from "./outputs.ts";

/** Which changes are over, on whatever host, what they left, and who waits for them. */
export class Progress {
  readonly #over = new Map<string, boolean>();
  readonly #waiting = new Set<() => void>();
  readonly views: ReadonlyMap<string, Map<Key, Answer>>;

  constructor(seen: Views) {
    this.views = new Map([...seen].map(([machine, answers]) => [machine, new Map(answers)]));
  }

  note(machine: string, line: JournalLine): void {
    if (line.t === "failed" || line.t === "blocked") this.#mark(`${machine}/${line.id}`, false);
    if (line.t !== "done") return;
    for (const [key, answer] of Object.entries(line.answers)) this.views.get(machine)?.set(key, answer);
    this.#mark(`${machine}/${line.id}`, true);
  }

  #mark(id: string, ok: boolean): void {
    this.#over.set(id, ok);
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when all ids are over; rejects when one of them failed. */
  async all(ids: readonly string[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const failed = ids.find((id) => this.#over.get(id) === false);
      if (failed !== undefined) throw new DroverError("STEP_FAILED", `${failed} failed on its host, and this needs it`);
      if (ids.every((id) => this.#over.has(id))) return;
      await new Promise<void>((resolve, reject) => {
        signal.throwIfAborted();
        const stop = (): void => reject(signal.reason);
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", stop);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", stop, { once: true });
      });
    }
  }
}
