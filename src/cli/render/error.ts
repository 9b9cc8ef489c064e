import type { DroverError, Where } from "../../lib/error.ts";
import { printable, printableLines } from "../../lib/printable.ts";
import type { Theme } from "./theme.ts";

/** More of a line than this helps nobody. */
const LONGEST = 500;

/** An error for people: what failed, where, the evidence, what to do. */
export function errorText(error: DroverError, style: Theme): string {
  const where = whereText(error.where);
  const { hint = "" } = error;
  const lines = [
    `${style.bad(style.strong("error:"))} ${shownText(error.message)}`,
    ...(where === "" ? [] : [`  in ${shownText(where)}`]),
    ...error.evidence.map((line) => style.dim("  | ") + shownText(line)),
    ...(hint === "" ? [] : [`  ${style.accent("fix:")} ${shownText(hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function shownText(text: string): string {
  const lines = printableLines(text).split("\n");
  return lines.map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST - 3)}...` : line)).join("\n");
}

function whereText(where: Where): string {
  const parts = [where.file, where.path, where.machine, where.app, where.resource, where.step];
  return [...new Set(parts.filter((part) => part !== undefined && part !== ""))]
    .map((part) => printable(String(part)))
    .join(", ");
}
