import type { Drover } from "../api.ts";
import type { Io } from "./io.ts";

interface FlagBase {
  readonly summary: string;
  /** One letter. */
  readonly short?: string;
}

export type Flag =
  | (FlagBase & { readonly type: "boolean" })
  | (FlagBase & { readonly type: "text"; readonly value: string })
  | (FlagBase & { readonly type: "texts"; readonly value: string })
  | (FlagBase & { readonly type: "count"; readonly value: string; readonly default: number });

export type Flags = Readonly<Record<string, Flag>>;

/** The value that a flag has after parsing. */
export type FlagValue<F> = F extends { readonly type: "boolean" }
  ? boolean
  : F extends { readonly type: "texts" }
    ? readonly string[]
    : F extends { readonly type: "count" }
      ? number
      : string | undefined;

export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

export interface Arg {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  /** Takes all that follow. */
  readonly rest?: boolean;
}

export interface Context<F extends Flags = Flags> {
  readonly io: Io;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly flags: FlagValues<F>;
  readonly args: readonly string[];
  /** The engine, loaded when it is first asked for. */
  readonly drover: () => Promise<Drover>;
  /** Begins to load the engine, for whom it will be needed soon. */
  readonly preload: () => Promise<unknown>;
}

export interface Example {
  readonly command: string;
  readonly does: string;
}

/** A command as data, with what it does. */
export interface Command<F extends Flags = Flags> {
  /** One word, or two where several belong together: `secret set`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line. */
  readonly summary: string;
  /** What else there is to know, in paragraphs. */
  readonly description?: string;
  readonly args: readonly Arg[];
  /** What is said to more arguments than that. Without it they are shown back; here they might be a secret. */
  readonly surplus?: string;
  readonly flags: F;
  readonly examples: readonly Example[];
  /** Gives the exit code. */
  run(context: Context<F>): Promise<number>;
}

/** A command with its own flags closed over: what the table of commands holds. */
export type AnyCommand = Command;

/** Closes over a command's own flags; the parser gives exactly those that are defined. */
export function defineCommand<const F extends Flags>(command: Command<F>): AnyCommand {
  return { ...command, run: (context) => command.run(context as Context<F>) };
}
