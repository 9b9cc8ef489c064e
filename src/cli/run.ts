import type { Drover } from "../api.ts";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { printable } from "../lib/printable.ts";
import type { AnyCommand } from "./command.ts";
import { allCommands, COMMANDS, findCommand, groupOf } from "./commands.ts";
import { EXIT } from "./exit.ts";
import { consentFlags, partFlags, stackFlags } from "./flags.ts";
import { commandHelp, definitionOf, groupHelp, overview } from "./help.ts";
import { type Io, wantsColor } from "./io.ts";
import { ownWords, parse, splitCommand, usage } from "./parse.ts";
import { errorText } from "./render/error.ts";
import { theme } from "./render/theme.ts";

export interface Run {
  readonly argv: readonly string[];
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Makes the engine; asked for only by commands that need it. */
  readonly compose: () => Promise<Drover>;
  /** Loads what `compose` will need, ahead of it. */
  readonly preload?: () => Promise<unknown>;
}

/** Runs one command line to its exit code. Nothing is thrown: what went wrong has been said. */
export async function run(asked: Run): Promise<number> {
  try {
    return await dispatch(asked);
  } catch (thrown) {
    const error = asDroverError(thrown, asked.signal);
    report(error, thrown, asked);
    return error.code === "CANCELLED" ? EXIT.cancelled.code : EXIT.failed.code;
  }
}

async function dispatch(asked: Run): Promise<number> {
  const { argv, io, signal, compose, preload = async () => undefined } = asked;
  const { name, rest } = await namedCommand(argv);
  if (name === undefined) return withoutCommand(rest, io);
  if (name === "help") return dispatch({ ...asked, argv: [...rest, "--help"] });
  const group = Object.hasOwn(COMMANDS, name) ? [] : await groupOf(name);
  if (group.length > 0) return withoutSecondWord(name, group, rest, io);
  const command = await findCommand(name);
  if (command === undefined) throw await unknownCommand(name);
  const own = ownWords(rest);
  if (own.includes("--help") || own.includes("-h")) {
    io.out(own.includes("--json") ? `${JSON.stringify(definitionOf(command), null, 2)}\n` : commandHelp(command));
    return EXIT.done.code;
  }
  const { flags, args } = parse(rest, command);
  // The parser gives a value of the defined type for every flag of the command.
  const values = flags as Parameters<AnyCommand["run"]>[0]["flags"];
  return command.run({ io, signal, flags: values, args, drover: compose, preload });
}

/** The command that a line names: by one word, or by two where the first stands for several. */
async function namedCommand(argv: readonly string[]): Promise<ReturnType<typeof splitCommand>> {
  const flags = { ...stackFlags, ...partFlags, ...consentFlags };
  const first = splitCommand(argv, flags);
  if (first.name === undefined || (await groupOf(first.name)).length === 0) return first;
  const second = splitCommand(first.rest, flags);
  if (second.name === undefined) return first;
  const both = `${first.name} ${second.name}`;
  // A word that is a command by itself, too, takes other words as its arguments: `history web`, `history explain /etc/x`.
  const isFirst = Object.hasOwn(COMMANDS, first.name) && !Object.hasOwn(COMMANDS, both);
  return isFirst ? first : { name: both, rest: second.rest };
}

function withoutSecondWord(word: string, group: readonly AnyCommand[], rest: readonly string[], io: Io): number {
  if (!rest.includes("--help") && !rest.includes("-h")) {
    throw usage(
      `which of them? ${group.map((command) => `drover ${command.name}`).join(", ")}`,
      `drover ${word} --help`,
    );
  }
  io.out(rest.includes("--json") ? `${JSON.stringify(group.map(definitionOf), null, 2)}\n` : groupHelp(word, group));
  return EXIT.done.code;
}

async function withoutCommand(rest: readonly string[], io: Io): Promise<number> {
  const json = rest.includes("--json");
  if (rest.includes("--version") || rest.includes("-v"))
    return (await import("./commands/version.ts")).printVersion(io, json);
  const isHelp = rest.includes("--help") || rest.includes("-h");
  const allowed = ["--help", "-h", "--no-color", ...(isHelp ? ["--json"] : [])];
  const flag = rest.find((word) => !allowed.includes(word));
  if (flag !== undefined) throw usage(`${printable(flag)} needs a command before it`, "drover --help");
  const commands = await allCommands();
  io.out(json ? `${JSON.stringify(commands.map(definitionOf), null, 2)}\n` : overview(commands));
  return isHelp ? EXIT.done.code : EXIT.failed.code;
}

async function unknownCommand(name: string): Promise<DroverError> {
  const aliases = (await allCommands()).flatMap((command) => command.aliases);
  const meant = nearest(name, [...Object.keys(COMMANDS), ...aliases]);
  const text = `unknown command ${JSON.stringify(printable(name))}`;
  return usage(meant === undefined ? text : `${text}; did you mean ${meant}?`, "drover --help");
}

/** To people on stderr; with --json also to programs on stdout. */
function report(error: DroverError, thrown: unknown, { argv, io }: Run): void {
  if (ownWords(argv).includes("--json")) io.out(`${JSON.stringify({ event: "failed", error })}\n`);
  const style = theme(wantsColor(io, ownWords(argv).includes("--no-color")));
  io.err(errorText(error, style));
  if (io.env["DROVER_DEBUG"] === "1") io.err(`${stackOf(thrown)}\n`);
}

/** What is not one of our errors is a bug of ours. */
function asDroverError(thrown: unknown, signal: AbortSignal): DroverError {
  if (signal.aborted)
    return new DroverError("CANCELLED", "stopped; the next run of the same command goes on from here");
  if (DroverError.is(thrown)) return thrown;
  return new DroverError("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown), {
    hint: "this is a bug in Drover: run the command again with DROVER_DEBUG=1 and report what it prints",
    cause: thrown,
  });
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? String(thrown.stack) : `${thrown.stack}\ncaused by ${stackOf(thrown.cause)}`;
}
