import { quoteAll } from "../../lib/quote.ts";
import { type Concat, isConcat, type Text } from "../../model/secret.ts";
import type { CronSpec } from "./schema.ts";

/** The file's text. It ends with a line break: cron leaves out a last line that has none. */
export function cronText(spec: CronSpec): Text {
  const { schedule, user, command, run, env } = spec;
  const job = command === undefined ? quoted(run ?? []) : escaped(command);
  const parts: Concat["concat"] = [
    "# Managed by Drover: changes made here are overwritten.\n",
    ...Object.entries(env).flatMap(([name, value]) => envLine(name, value)),
    `${schedule} ${user} ${job}\n`,
  ];
  return parts.every((part) => typeof part === "string") ? parts.join("") : { concat: parts };
}

/** Quotes keep what blanks a value begins and ends with. */
function envLine(name: string, value: Text): Concat["concat"] {
  const mark = typeof value === "string" && value.includes('"') ? "'" : '"';
  return [`${name}=${mark}`, ...(isConcat(value) ? value.concat : [value]), `${mark}\n`];
}

/** To cron a `%` is a line break. */
function escaped(command: string): string {
  return command.replaceAll("%", "\\%");
}

/** Cron reads a backslash before a `%` as its own: quotes between the two keep them apart. */
function quoted(argv: readonly string[]): string {
  return escaped(quoteAll(argv).replaceAll("\\%", "\\''%"));
}
