import type { Answer, Key } from "../model/answer.ts";
import { setAnswers } from "../model/ask/view.ts";
import type { JournalLine } from "../model/journal.ts";
import { changesIn, type Program } from "../model/program.ts";
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
    const view = this.views.get(machine);
    if (view !== undefined) setAnswers(view, line.answers);
    this.#mark(`${machine}/${line.id}`, true);
  }

  #mark(id: string, ok: boolean): void {
    this.#over.set(id, ok);
    for (const wake of [...this.#waiting]) wake();
  }

  /** A host's run is over: what was not done by then will not be. */
  end(program: Program): void {
    for (const { id } of changesIn(program)) if (!this.#over.has(id)) this.#mark(id, false);
  }

  /** Resolves when all ids are over, with those that failed. */
  async failedOf(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    while (!ids.every((id) => this.#over.has(id))) await this.#next(signal);
    return ids.filter((id) => this.#over.get(id) === false);
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
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
