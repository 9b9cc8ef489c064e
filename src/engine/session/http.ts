import type { Duplex } from "node:stream";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { DroverError, type ErrorCode } from "../../lib/error.ts";
import type { Answer, Answers, Key } from "../../model/answer.ts";
import { matches } from "../../model/answer.ts";
import { judge } from "../../model/ceiling.ts";
import type { Change } from "../../model/change.ts";
import { FORMAT, type JournalLine } from "../../model/journal.ts";
import type { Item, Program, Segment } from "../../model/program.ts";
import { keyOf, type Query } from "../../model/query.ts";
import { type Json, loadSecrets, reveal, type SecretValues } from "../../model/secret.ts";
import type { Session } from "../../model/session.ts";
import { type CallStep, isBlobRef, type Step, type WaitStep } from "../../model/step.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: Json;
}

/** An account behind HTTP: requests signed by its provider, questions answered by its lists. */
export interface Account {
  request(method: CallStep["method"], path: string, body: Json | undefined, signal: AbortSignal): Promise<HttpAnswer>;
  /** Answers all questions of a kind at once. */
  answer(kind: string, args: readonly string[], signal: AbortSignal): Promise<ReadonlyArray<readonly [Key, Answer]>>;
}

/**
 * A session without a shell: the same program, with the same rule, runs here in the client. Its memory is what the
 * account keeps on the things themselves (tags), so a run that is cut off is finished by the next one.
 */
export class HttpSession implements Session {
  readonly machine: string;
  readonly #account: Account;
  readonly #clock: Clock;
  readonly #released = new Map<number, Segment>();
  #exchanges = 0;
  #seq = 0;

  constructor(machine: string, account: Account, clock: Clock = systemClock) {
    this.machine = machine;
    this.#account = account;
    this.#clock = clock;
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  async ask(queries: readonly Query[], signal: AbortSignal): Promise<Answers> {
    this.#exchanges += 1;
    const kinds = Map.groupBy(queries, (query) => query.kind);
    const all = await Promise.all(
      [...kinds].map(([kind, group]) =>
        this.#account.answer(
          kind,
          group.map((query) => query.arg),
          signal,
        ),
      ),
    );
    return new Map(all.flat());
  }

  async *run(program: Program, secrets: SecretValues, signal: AbortSignal): AsyncIterable<JournalLine> {
    await loadSecrets(program, secrets, signal);
    yield this.#line(program, { t: "begin", format: FORMAT, header: program.header });
    const failed = new Set<string>();
    for (const [index, segment] of program.segments.entries()) {
      // Who reads this line lets the segment go before reading on; one that was not let go was called off.
      if (segment.held === true) yield this.#line(program, { t: "waiting", segment: index });
      const now = segment.held === true ? this.#released.get(index) : segment;
      if (now === undefined) {
        failed.add(program.id);
        break;
      }
      for (const id of now.failed ?? []) failed.add(id);
      for (const item of now.items) yield* this.#item(program, item, failed, secrets, signal);
    }
    yield this.#line(program, { t: "end", ok: failed.size === 0, failed: failed.size });
  }

  async *#item(
    program: Program,
    item: Item,
    failed: Set<string>,
    secrets: SecretValues,
    signal: AbortSignal,
  ): AsyncIterable<JournalLine> {
    if (item.kind === "note") return; // An account keeps what it must know on the things themselves.
    for (const change of item.changes) {
      const n = 0;
      const id = `${change.type}:${change.name}`;
      const by = change.needs.find((need) => failed.has(need));
      if (by !== undefined) {
        failed.add(change.id);
        yield this.#line(program, { t: "blocked", n, id, by });
        continue;
      }
      yield this.#line(program, { t: "start", n, id, action: change.action, owner: program.header.owner });
      const outcome = await this.#change(change, secrets, signal);
      if ("code" in outcome) {
        failed.add(change.id);
        yield this.#line(program, { t: "failed", n, id, exit: 0, output: "", ...outcome });
      } else
        yield this.#line(program, { t: "done", n, id, action: change.action, owner: program.header.owner, ...outcome });
    }
  }

  async #change(
    change: Change,
    secrets: SecretValues,
    signal: AbortSignal,
  ): Promise<{ skipped: boolean; answers: Record<string, string> } | { code: ErrorCode; message: string }> {
    const before = await this.#look(change, signal);
    const verdict = judge(change, before);
    if (verdict.kind === "done") return { skipped: true, answers: Object.fromEntries(before) };
    if (verdict.kind === "stale") return { code: "PLAN_STALE", message: verdict.why };
    for (const step of change.steps) {
      const problem = await this.#step(step, secrets, signal);
      if (problem !== undefined) return { code: "STEP_FAILED", message: problem };
    }
    const after = await this.#look(change, signal);
    const proof = judge(change, after);
    if (proof.kind === "done") return { skipped: false, answers: Object.fromEntries(after) };
    return { code: "NOT_CONVERGED", message: proof.kind === "stale" ? proof.why : "the steps ran and nothing changed" };
  }

  #look(change: Change, signal: AbortSignal): Promise<Answers> {
    const keys = [...new Set([...Object.keys(change.from), ...Object.keys(change.to)])];
    return this.ask(
      keys.map((key) => ({ kind: key.slice(0, key.indexOf(":")), arg: key.slice(key.indexOf(":") + 1) })),
      signal,
    );
  }

  async #step(step: Step, secrets: SecretValues, signal: AbortSignal): Promise<string | undefined> {
    if (step.kind === "wait") return this.#wait(step, signal);
    if (step.kind !== "call") return `an account cannot run a step of kind ${step.kind}`;
    if (isBlobRef(step.body)) return "an account takes no blobs";
    const body = step.body === undefined ? undefined : reveal(step.body, secrets);
    this.#exchanges += 1;
    const answer = await this.#account.request(step.method, step.path, body, signal);
    const good = (step.statuses ?? [200, 201, 204]).includes(answer.status);
    return good
      ? undefined
      : `${step.method} ${step.path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}`;
  }

  async #wait(step: WaitStep, signal: AbortSignal): Promise<string | undefined> {
    const until = this.#clock.now() + step.within * 1000;
    for (;;) {
      const seen = (await this.ask([step.query], signal)).get(keyOf(step.query)) ?? "";
      if (matches(step.to, seen)) return undefined;
      if (this.#clock.now() >= until) return `${keyOf(step.query)} is ${seen}, not ${step.to} after ${step.within} s`;
      await this.#clock.sleep((step.every ?? 1) * 1000, signal);
    }
  }

  #line<T extends object>(program: Program, rest: T): JournalLine {
    this.#seq += 1;
    // The caller gives one member of the union without what all of them have.
    return {
      seq: this.#seq,
      time: new Date(this.#clock.now()).toISOString(),
      run: program.id,
      ...rest,
    } as unknown as JournalLine;
  }

  release(program: Program, segment: number): Promise<void> {
    const now = program.segments[segment];
    if (now !== undefined) this.#released.set(segment, now);
    return Promise.resolve();
  }

  /** An account locks nobody out. */
  confirm(): Promise<void> {
    return Promise.resolve();
  }

  seen(): Promise<void> {
    return Promise.resolve();
  }

  beat(): Promise<void> {
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }

  open(): Promise<Duplex> {
    return Promise.reject(new DroverError("INTERNAL", `${this.machine} is an account: it has no byte streams`));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
