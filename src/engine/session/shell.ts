import type { Duplex } from "node:stream";
import { DroverError } from "../../lib/error.ts";
import type { Answers } from "../../model/answer.ts";
import type { JournalLine } from "../../model/journal.ts";
import type { Program } from "../../model/program.ts";
import type { Askers, Query } from "../../model/query.ts";
import { loadSecrets, type SecretValues } from "../../model/secret.ts";
import type { Channel, Session, StreamTarget } from "../../model/session.ts";
import { askCalls, askerFunctions, OWN_ASKERS, parseAnswers } from "./ask.ts";
import { type Compiled, compile } from "./compile.ts";
import { FOLLOW, parseFollow } from "./follow.ts";
import { Frames } from "./frame.ts";
import { PRELUDE } from "./prelude.ts";
import { runFolder, startScript, writeSegment } from "./start.ts";

/** A session over a shell: framing, runner and memory are written once, for every transport that opens one. */
export class ShellSession implements Session {
  readonly machine: string;
  #channel: Channel;
  #frames: Frames;
  #anew: Promise<void> | undefined;
  readonly #askers: Askers;
  readonly #secrets: SecretValues;
  readonly #compiled = new Map<string, Compiled>();
  #beat = 0;
  #exchanges = 0;

  constructor(machine: string, channel: Channel, askers: Askers, secrets: SecretValues) {
    this.machine = machine;
    this.#channel = channel;
    this.#askers = { ...askers, ...OWN_ASKERS };
    this.#secrets = secrets;
    this.#frames = new Frames(channel, machine);
  }

  get exchanges(): number {
    return this.#exchanges + this.#frames.count;
  }

  async ask(queries: readonly Query[], signal: AbortSignal): Promise<Answers> {
    const kinds = new Set(queries.map((query) => query.kind));
    await loadSecrets(queries, this.#secrets, signal);
    // Only what is asked for travels; askers may call each other, so whole sets go when in doubt.
    const wanted = Object.fromEntries(Object.entries(this.#askers).filter(([kind]) => kinds.has(kind)));
    const script = [PRELUDE, askerFunctions(wanted), askCalls(queries, this.#secrets)].join("\n");
    return parseAnswers(await this.#first(script, signal));
  }

  /** Questions may travel ahead to a shell that was not waited for: asked twice, they do no harm. */
  async #first(script: string, signal: AbortSignal): Promise<string> {
    const [frames, again] = [this.#frames, this.#channel.again];
    try {
      return await frames.exchange(script, signal);
    } catch (error) {
      if (frames.isAnswered || again === undefined || signal.aborted) throw error;
    }
    this.#anew ??= this.#open(again, signal);
    await this.#anew;
    return this.#frames.exchange(script, signal);
  }

  async #open(again: NonNullable<Channel["again"]>, signal: AbortSignal): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
    this.#exchanges += this.#frames.count;
    this.#channel = await again(signal);
    this.#frames = new Frames(this.#channel, this.machine);
  }

  async *run(program: Program, secrets: SecretValues, signal: AbortSignal): AsyncIterable<JournalLine> {
    await loadSecrets(program, secrets, signal);
    const compiled = this.#compileOnce(program, secrets);
    let seen = await this.#start(program, compiled, signal);
    for (;;) {
      const view = parseFollow(await this.#follow(program, seen, signal), program.id, seen);
      seen = view.last;
      yield* view.lines;
      if (view.refused !== undefined) throw view.refused;
      if (view.state === "dead") throw this.#runnerDied(program);
      if (view.state === "ended" && view.lines.length === 0) return;
      if (!view.lines.some((line) => line.t === "end")) continue;
      if (program.farewell === true) await this.cancel(program, signal);
      return;
    }
  }

  async release(program: Program, segment: number, secrets: SecretValues, signal: AbortSignal): Promise<void> {
    await loadSecrets(program, secrets, signal);
    // Afresh: what was known after apply only is filled in by now.
    const part = compile(program, this.#askers, secrets).segments[segment];
    if (part === undefined) return;
    await this.#exchange(`${runFolder(program)}\n${writeSegment(segment, part)}`, signal);
  }

  async confirm(program: Program, segment: number, cameIn: boolean, signal: AbortSignal): Promise<void> {
    const word = cameIn ? "confirm" : "deny";
    await this.#exchange(`${runFolder(program)}\n: >"$dir/${word}.${segment}"`, signal);
  }

  /** Tells the runner that its client lives; it ends after 25 s of silence between two segments. */
  async beat(program: Program, signal: AbortSignal): Promise<void> {
    this.#beat += 1;
    await this.#exchange(`${runFolder(program)}\nprintf '%s' b${this.#beat} >"$dir/client"`, signal);
  }

  /** Tells the runner that its end was seen, and what it did looked at once more. */
  async seen(program: Program, signal: AbortSignal): Promise<void> {
    await this.#exchange(`${runFolder(program)}\n[ ! -d "$dir" ] || : >"$dir/seen"`, signal);
  }

  /** Asks the runner to end before its next segment. */
  async cancel(program: Program, signal: AbortSignal): Promise<void> {
    await this.#exchange(`${runFolder(program)}\n: >"$dir/cancel"`, signal);
  }

  open(target: StreamTarget, signal: AbortSignal): Promise<Duplex> {
    return this.#channel.open(target, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  #exchange(script: string, signal: AbortSignal): Promise<string> {
    return this.#frames.exchange(`${PRELUDE}\n${script}`, signal);
  }

  #compileOnce(program: Program, secrets: SecretValues): Compiled {
    const known = this.#compiled.get(program.id);
    if (known !== undefined) return known;
    const compiled = compile(program, this.#askers, secrets);
    this.#compiled.set(program.id, compiled);
    return compiled;
  }

  async #start(program: Program, compiled: Compiled, signal: AbortSignal): Promise<number> {
    const text = await this.#exchange(startScript(program, compiled), signal);
    const seen = /^seen (\d+)$/m.exec(text)?.[1];
    if (seen === undefined) {
      throw new DroverError("RIGHTS", `the runner could not be started on ${this.machine}`, {
        where: { machine: this.machine },
        evidence: text.trim().split("\n").slice(-5),
        hint: "the state folder /var/lib/drover must be writable: connect as root or as a user with sudo",
      });
    }
    return Number(seen);
  }

  #follow(program: Program, seen: number, signal: AbortSignal): Promise<string> {
    this.#beat += 1;
    return this.#exchange(`${runFolder(program)}\nafter=${seen}; beat=f${this.#beat}\n${FOLLOW}`, signal);
  }

  #runnerDied(program: Program): DroverError {
    return new DroverError("STEP_FAILED", `the runner of run ${program.id} on ${this.machine} died`, {
      where: { machine: this.machine },
      hint: "run the same command again: the journal tells it what was done, and it finishes the rest",
    });
  }
}
