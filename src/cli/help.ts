import type { AnyCommand, Flag, Flags } from "./command.ts";
import { argText } from "./parse.ts";

/** What `drover --help` says. */
export function overview(commands: readonly AnyCommand[]): string {
  const rows = commands.map((command) => [command.name, command.summary + aliasNote(command)] as const);
  return `drover: one typed file describes servers and what runs on them

Usage: drover COMMAND [ARGUMENTS] [FLAGS]

Commands:
${columns(rows)}

\`drover COMMAND --help\` tells about one of them. Start with \`drover init\`.
`;
}

/** What `drover WORD --help` says, where the word stands for several commands. */
export function groupHelp(word: string, commands: readonly AnyCommand[]): string {
  const rows = commands.map((command) => [usageLine(command).replace(/ \[FLAGS\]$/, ""), command.summary] as const);
  return `Usage: drover ${word} COMMAND [ARGUMENTS] [FLAGS]\n\nCommands:\n${columns(rows)}\n`;
}

/** What `drover COMMAND --help` says. */
export function commandHelp(command: AnyCommand): string {
  const parts = [
    `${command.summary}${aliasNote(command)}`,
    `Usage: ${usageLine(command)}`,
    ...(command.description === undefined ? [] : [command.description]),
    ...(command.args.length === 0
      ? []
      : [`Arguments:\n${columns(command.args.map((arg) => [argText(arg), arg.summary] as const))}`]),
    `Flags:\n${columns(flagRows(command.flags))}`,
    ...(command.examples.length === 0
      ? []
      : [`Examples:\n${columns(command.examples.map(({ command: line, does }) => [line, does] as const))}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The same for programs. */
export function definitionOf({ name, aliases, summary, description, args, flags, examples }: AnyCommand): object {
  return { name, aliases, summary, description, args, flags, examples };
}

export function usageLine(command: AnyCommand): string {
  return ["drover", command.name, ...command.args.map(argText), "[FLAGS]"].join(" ");
}

export function flagRows(flags: Flags): ReadonlyArray<readonly [string, string]> {
  return Object.entries(flags).map(([name, flag]) => [flagText(name, flag), flag.summary + defaultNote(flag)] as const);
}

function flagText(name: string, flag: Flag): string {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  return `${short}--${name}${flag.type === "boolean" ? "" : ` ${flag.value}`}`;
}

function defaultNote(flag: Flag): string {
  return flag.type === "count" ? ` Default ${flag.default}.` : "";
}

function aliasNote(command: AnyCommand): string {
  return command.aliases.length === 0 ? "" : ` (also: ${command.aliases.join(", ")})`;
}

function columns(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}
