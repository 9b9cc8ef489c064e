import type { RunEvent } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import { errorText } from "./error.ts";
import { colored } from "./logs.ts";
import { plural } from "./marks.ts";
import type { Theme } from "./theme.ts";

/** How a command ended: on which machines with which code, and where nothing is known of it. */
export interface Ends {
  readonly ok: boolean;
  readonly exits: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
}

/** What a command says on a machine, with the machine's name before it. */
export function runText(event: RunEvent, width: number, style: Theme): string {
  const who = style.accent(printable(event.machine).padEnd(width));
  switch (event.event) {
    case "line":
      return `${who} ${event.stream === "stderr" ? style.bad("|") : style.dim("|")} ${colored(event.text, style)}\n`;
    case "unrecorded":
      return `${who} ${style.changed("!")} the journal does not record this: ${printable(event.why)}\n`;
    case "exit":
      return event.code === 0 ? "" : `${who} ${style.bad(`✘ exit ${event.code}`)}\n`;
    case "failed":
      return errorText(event.error, style);
    default:
      return event satisfies never;
  }
}

/** Counts the ends as they come. */
export function tally(): { add(event: RunEvent): void; outcome(): Ends } {
  const exits: Record<string, number> = {};
  const failed: string[] = [];
  return {
    add(event) {
      if (event.event === "exit") exits[event.machine] = event.code;
      if (event.event === "failed") failed.push(event.machine);
    },
    outcome: () => ({ ok: failed.length === 0 && Object.values(exits).every((code) => code === 0), exits, failed }),
  };
}

/** One line at the end: machines by exit code, the good ones first. */
export function summaryText({ ok, exits, failed }: Ends, style: Theme): string {
  const byCode = Map.groupBy(Object.entries(exits), ([, code]) => code);
  const parts = [...byCode]
    .sort(([one], [other]) => one - other)
    .map(([code, machines]) => {
      const names = code === 0 ? "" : `: ${machines.map(([name]) => printable(name)).join(", ")}`;
      return `exit ${code} on ${plural(machines.length, "machine")}${names}`;
    });
  const lost =
    failed.length === 0 ? [] : [`failed on ${plural(failed.length, "machine")}: ${failed.map(printable).join(", ")}`];
  const text = [...parts, ...lost].join("; ");
  if (text === "") return "";
  return `${ok ? style.good("✔") : style.bad("✘")} ${text}\n`;
}
