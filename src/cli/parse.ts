import { parseArgs } from "node:util";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { printable } from "../lib/printable.ts";
import type { AnyCommand, Arg, Flag, Flags } from "./command.ts";

type Value = string | boolean | number | readonly string[] | undefined;

export interface Parsed {
  readonly flags: Readonly<Record<string, Value>>;
  readonly args: readonly string[];
}

/** The first word that is neither a flag nor a flag's value, and the words without it. */
export function splitCommand(
  argv: readonly string[],
  flags: Flags,
): { readonly name?: string; readonly rest: string[] } {
  const first = tokensOf(argv, flags).find(
    (token) => token.kind === "positional" || token.kind === "option-terminator",
  );
  if (first === undefined || first.kind !== "positional") return { rest: [...argv] };
  return { name: first.value, rest: argv.filter((_, index) => index !== first.index) };
}

/** Reads a command's flags and arguments; whatever is wrong with them is a USAGE error that says so. */
export function parse(argv: readonly string[], command: AnyCommand): Parsed {
  const values: Record<string, Value> = defaults(command.flags);
  const args: string[] = [];
  const verbatim = verbatimOf(argv);
  for (const token of tokensOf(argv.slice(0, argv.length - verbatim.length), command.flags)) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(command.flags, token.name) ? command.flags[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(token.rawName, command);
    values[token.name] = readValue(flag, token, values[token.name]);
  }
  if (args.includes("")) throw usage("an argument is empty", `drover ${command.name} --help`);
  checkArgs([...args, ...verbatim], command);
  return { flags: values, args: [...args, ...verbatim] };
}

/** The words after `--`: no flags of ours, whatever they look like. */
function verbatimOf(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--");
  return at === -1 ? [] : argv.slice(at + 1);
}

/** The words that may be our own flags. */
export function ownWords(argv: readonly string[]): readonly string[] {
  return argv.slice(0, argv.length - verbatimOf(argv).length);
}

function tokensOf(argv: readonly string[], flags: Flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const type: "boolean" | "string" = flag.type === "boolean" ? "boolean" : "string";
      return [
        name,
        { type, multiple: flag.type === "texts", ...(flag.short === undefined ? {} : { short: flag.short }) },
      ];
    }),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function defaults(flags: Flags): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]): [string, Value] => {
      if (flag.type === "boolean") return [name, false];
      if (flag.type === "texts") return [name, []];
      return [name, flag.type === "count" ? flag.default : undefined];
    }),
  );
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue(flag: Flag, { rawName, value, inlineValue }: OptionToken, before: Value): Value {
  if (flag.type === "boolean") {
    if (value !== undefined) throw usage(`${rawName} takes no value`, `write ${rawName}`);
    return true;
  }
  const missing = value === undefined || value === "" || (value.startsWith("-") && inlineValue !== true);
  if (missing) throw usage(`${rawName} needs a value`, `write ${rawName} ${flag.value}`);
  if (flag.type === "texts") return [...(Array.isArray(before) ? before : []), value];
  return flag.type === "count" ? countOf(rawName, value) : value;
}

function countOf(rawName: string, value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw usage(`${rawName}: expected a whole number, got ${JSON.stringify(printable(value))}`, `write ${rawName} 100`);
}

function unknownFlag(rawName: string, command: AnyCommand): DroverError {
  const meant = nearest(rawName.replace(/^-+/, ""), Object.keys(command.flags));
  const shown = printable(rawName);
  return usage(
    meant === undefined ? `unknown flag ${shown}` : `unknown flag ${shown}; did you mean --${meant}?`,
    `drover ${command.name} --help`,
  );
}

function checkArgs(args: readonly string[], command: AnyCommand): void {
  const missing = command.args.filter((arg) => arg.required === true)[args.length];
  if (missing !== undefined) throw usage(`${argText(missing)} is missing`, `drover ${command.name} --help`);
  const extra = args[command.args.length];
  if (extra !== undefined && command.args.at(-1)?.rest !== true) {
    throw usage(
      command.surplus ?? `drover ${command.name} does not take ${JSON.stringify(printable(extra))}`,
      `drover ${command.name} --help`,
    );
  }
}

/** How an argument is written in usage lines. */
export function argText(arg: Arg): string {
  const name = `${arg.name.toUpperCase()}${arg.rest === true ? "..." : ""}`;
  return arg.required === true ? name : `[${name}]`;
}

/** An error of the command line. */
export function usage(message: string, hint: string): DroverError {
  return new DroverError("USAGE", message, { hint });
}
