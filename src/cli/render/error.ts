import type { DroverError, Where } from "../../lib/error.ts";
import { printable, printableLines } from "../../lib/printable.ts";
import type { Theme } from "./theme.ts";

/** An error for people: what failed, where, the evidence, what to do. */
export function errorText(error: DroverError, style: Theme): string {
  const where = whereText(error.where);
  const lines = [
    `${style.bad(style.strong("error:"))} ${printableLines(error.message)}`,
    ...(where === "" ? [] : [`  in ${where}`]),
    ...error.evidence.map((line) => style.dim("  | ") + printableLines(line)),
    ...(error.hint === undefined || error.hint === ""
      ? []
      : [`  ${style.accent("fix:")} ${printableLines(error.hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function whereText(where: Where): string {
  const parts = [where.file, where.path, where.machine, where.app, where.resource, where.step];
  return [...new Set(parts.filter((part) => part !== undefined && part !== ""))]
    .map((part) => printable(String(part)))
    .join(", ");
}
