import type { Drover, Options } from "../api.ts";
import { findStackFile } from "../load/find.ts";
import type { Emit } from "../model/event.ts";
import type { SecretValues } from "../model/secret.ts";
import type { Stack } from "../model/stack.ts";
import type { Context, FlagValues } from "./command.ts";
import type { partFlags, stackFlags } from "./flags.ts";
import { type Io, wantsColor } from "./io.ts";
import { checkPart } from "./named.ts";
import { type Theme, theme } from "./render/theme.ts";
import { refreshTypes } from "./types-file.ts";
import { humanView, jsonView, silentView, type View } from "./view.ts";

type OpenFlags = FlagValues<typeof stackFlags> & Partial<FlagValues<typeof partFlags>>;

/** What a command that works on a stack has at hand. */
export interface Work {
  readonly io: Io;
  readonly json: boolean;
  readonly style: Theme;
  readonly stack: Stack;
  readonly drover: Drover;
  /** Options of the engine's verbs, but for `emit`. */
  readonly options: Omit<Options, "emit">;
  /** For who shows what apps and hosts print: hides those secrets, too, that only the user's key tells. */
  hideAll(): Promise<void>;
  /** Shows what happens during the task; as NDJSON with --json. */
  watch<T>(task: (emit: Emit) => Promise<T>): Promise<T>;
  /** The same for commands whose JSON is one document: then nothing is shown. */
  glance<T>(task: (emit: Emit) => Promise<T>): Promise<T>;
}

/** Loads the stack file and the engine. */
export async function open(context: Context<typeof stackFlags>): Promise<Work> {
  const { io, signal } = context;
  const flags: OpenFlags = context.flags;
  const { loadStack } = await import("../load/load.ts");
  // All that is heavy to load comes while the stack file runs in its own thread.
  const heavy = Promise.all([import("../load/schemas.ts"), import("../registry.ts"), context.preload()]);
  const schemas = heavy.then(([{ schemasOf }, { resources, providers }]) => schemasOf(resources, providers));
  const stack = await loadStack(flags.file, { environment: flags.env, cwd: io.cwd, schemas, signal, print: io.err });
  checkPart(flags, stack);
  const [, registry] = await heavy;
  const { secretValues } = await import("../drover/secret-values.ts");
  // What is known of secrets here is never shown, wherever it might turn up.
  const secrets = secretValues(stack, {
    sources: registry.secrets,
    env: io.env,
    onValue: (name, value) => io.mask.add(name, value),
  });
  await secrets.hide(["nothing"], signal);
  refreshTypes(findStackFile(flags.file, io.cwd));
  const style = theme(wantsColor(io, flags["no-color"]));
  return {
    io,
    json: flags.json,
    style,
    stack,
    drover: await context.drover(),
    options: optionsOf(flags, signal, secrets),
    hideAll: () => secrets.hide(["nothing", "key"], signal),
    ...views(io, flags.json, style),
  };
}

function optionsOf(flags: OpenFlags, signal: AbortSignal, secrets: SecretValues): Omit<Options, "emit"> {
  const { on = [], only = [] } = flags;
  return { signal, secrets, ...(on.length === 0 ? {} : { on }), ...(only.length === 0 ? {} : { only }) };
}

function views(io: Io, json: boolean, style: Theme): Pick<Work, "watch" | "glance"> {
  const during =
    (open: () => View): Work["watch"] =>
    async (task) => {
      using view = open();
      return await task((event) => view.emit(io.mask.data(event)));
    };
  return {
    watch: during(() => (json ? jsonView(io) : humanView(io, style))),
    glance: during(() => (json ? silentView : humanView(io, style))),
  };
}
