import type { Duplex } from "node:stream";
import { DroverError } from "../../lib/error.ts";
import { quote } from "../../lib/quote.ts";
import type { Answers } from "../../model/answer.ts";
import type { JournalLine } from "../../model/journal.ts";
import type { Program } from "../../model/program.ts";
import type { Askers, Query } from "../../model/query.ts";
import { loadSecrets, type SecretValues } from "../../model/secret.ts";
import type { Channel, Session, StreamTarget } from "../../model/session.ts";
import { askCalls, askerFunctions, OWN_ASKERS, parseAnswers } from "./ask.ts";
import { type Compiled, compile, type PayloadFile } from "./compile.ts";
import { FOLLOW, parseFollow } from "./follow.ts";
import { Frames } from "./frame.ts";
import { PRELUDE } from "./prelude.ts";
import { PROXY_SETENV } from "./proxy.ts";

/** A session over a shell: framing, runner and memory are written once, for every transport that opens one. */
export class ShellSession implements Session {
  readonly machine: string;
  readonly #channel: Channel;
  readonly #frames: Frames;
  readonly #askers: Askers;
  readonly #secrets: SecretValues;
  readonly #compiled = new Map<string, Compiled>();
  #beat = 0;

  constructor(machine: string, channel: Channel, askers: Askers, secrets: SecretValues) {
    this.machine = machine;
    this.#channel = channel;
    this.#askers = { ...askers, ...OWN_ASKERS };
    this.#secrets = secrets;
    this.#frames = new Frames(channel, machine);
  }

  get exchanges(): number {
    return this.#frames.count;
  }

  async ask(queries: readonly Query[], signal: AbortSignal): Promise<Answers> {
    const kinds = new Set(queries.map((query) => query.kind));
    await loadSecrets(queries, this.#secrets, signal);
    // Only what is asked for travels; askers may call each other, so whole sets go when in doubt.
    const wanted = Object.fromEntries(Object.entries(this.#askers).filter(([kind]) => kinds.has(kind)));
    const script = [PRELUDE, askerFunctions(wanted), askCalls(queries, this.#secrets)].join("\n");
    return parseAnswers(await this.#frames.exchange(script, signal));
  }

  async *run(program: Program, secrets: SecretValues, signal: AbortSignal): AsyncIterable<JournalLine> {
    await loadSecrets(program, secrets, signal);
    const compiled = this.#compileOnce(program, secrets);
    const upTo = program.segments.findIndex((segment) => segment.held === true);
    const ready = compiled.segments.slice(0, upTo === -1 ? compiled.segments.length : upTo);
    let seen = await this.#start(program, compiled, ready, signal);
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
    await this.#exchange(`${folder(program)}\n${writeSegment(segment, part)}`, signal);
  }

  async confirm(program: Program, segment: number, cameIn: boolean, signal: AbortSignal): Promise<void> {
    const word = cameIn ? "confirm" : "deny";
    await this.#exchange(`${folder(program)}\n: >"$dir/${word}.${segment}"`, signal);
  }

  /** Tells the runner that its client lives; it ends after 25 s of silence between two segments. */
  async beat(program: Program, signal: AbortSignal): Promise<void> {
    this.#beat += 1;
    await this.#exchange(`${folder(program)}\nprintf '%s' b${this.#beat} >"$dir/client"`, signal);
  }

  /** Asks the runner to end before its next segment. */
  async cancel(program: Program, signal: AbortSignal): Promise<void> {
    await this.#exchange(`${folder(program)}\n: >"$dir/cancel"`, signal);
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

  async #start(
    program: Program,
    compiled: Compiled,
    ready: Compiled["segments"],
    signal: AbortSignal,
  ): Promise<number> {
    const script = [
      folder(program),
      `seen=0; [ ! -r "$DROVER_STATE/journal" ] || seen=$(($(wc -l <"$DROVER_STATE/journal")))`,
      `if [ ! -d "$dir" ]; then`,
      `rm -rf "$dir.new" "$hot"`,
      `mkdir -p "$DROVER_STATE/runs" "$DROVER_RUN" && mkdir "$dir.new" "$hot" && chmod 700 "$DROVER_STATE" "$dir.new" "$hot" || { printf 'cannot-start\\n'; exit; }`,
      `dir=$dir.new; printf '%s %s\\n' $$ "$(started $$)" >"$dir/starter"`,
      compiled.mask === "" ? "" : `printf '%s' ${quote(compiled.mask)} >"$hot/mask"`,
      ...ready.map((segment, index) => writeSegment(index, segment)),
      program.checkpoint === undefined ? "" : `printf '%s\\n' ${quote(program.checkpoint)} >"$dir/checkpoint"`,
      `printf '%s' ${quote(compiled.main)} >"$dir/main"`,
      `dir=\${dir%.new}; mv "$dir.new" "$dir"; seen_file=1`,
      LAUNCH,
      `else seen=0; fi`,
      `printf 'seen %s\\n' "$seen"`,
    ].join("\n");
    const text = await this.#exchange(script, signal);
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
    return this.#exchange(`${folder(program)}\nafter=${seen}; beat=f${this.#beat}\n${FOLLOW}`, signal);
  }

  #runnerDied(program: Program): DroverError {
    return new DroverError("STEP_FAILED", `the runner of run ${program.id} on ${this.machine} died`, {
      where: { machine: this.machine },
      hint: "run the same command again: the journal tells it what was done, and it finishes the rest",
    });
  }
}

/** Starts the runner so that it outlives this connection: as a unit of its own where systemd is. */
const LAUNCH = `${PROXY_SETENV}
if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && systemd-run "$@" --quiet --collect --unit="drover-$RUN" --property=KillMode=process /bin/sh "$dir/main" >/dev/null 2>&1; then :
else setsid /bin/sh "$dir/main" </dev/null >"$dir/log" 2>&1 & fi
launched=0
while [ ! -e "$dir/pid" ] && [ ! -e "$dir/refused" ] && [ $launched -lt 100 ]; do sleep 0.05; launched=$((launched + 1)); done`;

function folder(program: Program): string {
  return `RUN=${quote(program.id)}; dir=$DROVER_STATE/runs/$RUN; hot=$DROVER_RUN/$RUN`;
}

/** The files first, the script last and by rename: a segment is there whole or not at all. */
function writeSegment(index: number, segment: { script: string; files: readonly PayloadFile[] }): string {
  return [
    ...segment.files.map((file) => `printf '%s' ${quote(file.text)} >"$${file.hot ? "hot" : "dir"}/${file.name}"`),
    `printf '%s' ${quote(segment.script)} >"$dir/segment.new"; mv "$dir/segment.new" "$dir/segment.${index}"`,
  ].join("\n");
}
