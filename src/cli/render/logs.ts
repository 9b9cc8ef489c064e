import type { LogLine } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import type { Theme } from "./theme.ts";

/** A line of an app, with who said it before it. Of what a terminal obeys only colours are let through. */
export function logLineText(line: LogLine, style: Theme): string {
  const who = printable(`${line.machine} ${line.app}.${line.process}`);
  const mark = line.stream === "stderr" ? style.bad("|") : style.dim("|");
  return `${style.accent(who)} ${mark} ${colored(line.text, style)}\n`;
}

export function colored(text: string, style: Theme): string {
  const parts = text.split(/(\u001b\[[\d;]*m)/);
  const shown = parts.map((part, index) => (index % 2 === 0 ? printableTabs(part) : style.color ? part : ""));
  return shown.join("") + (style.color && parts.length > 1 ? "\u001b[0m" : "");
}

function printableTabs(text: string): string {
  return text.split("\t").map(printable).join("\t");
}
