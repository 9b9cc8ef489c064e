import { printable } from "../../lib/printable.ts";
import type { Deed } from "../../model/explain.ts";
import { changedParts } from "./answers.ts";
import { actionMark } from "./marks.ts";
import type { Theme } from "./theme.ts";

interface Told {
  readonly machine: string;
  readonly deeds: readonly Deed[];
}

/** Who did what to a thing, machine by machine, oldest first. */
export function explainText(told: readonly Told[], style: Theme): string {
  return told
    .filter(({ deeds }) => deeds.length > 0)
    .map(
      ({ machine, deeds }) =>
        `${style.strong(printable(machine))}\n${deeds.map((one) => deedText(one, style)).join("")}`,
    )
    .join("\n");
}

function deedText(deed: Deed, style: Theme): string {
  const { run, time, by, command, commit, owner, id } = deed;
  const at = commit === undefined ? "" : ` at ${commit.slice(0, 10)}`;
  const [from, to] = changedParts(deed.from ?? "", deed.to ?? "");
  const moved = from === "" && to === "" ? "" : `      ${printable(from || "?")} → ${printable(to || "?")}\n`;
  return (
    `  ${markOf(deed, style)} ${printable(id)}  ${style.strong(`#${run}`)}  ${printable(time)}  ` +
    `${printable(`${command} of ${owner} by ${by}${at}`)}\n` +
    moved +
    (deed.message === undefined ? "" : style.bad(`      ${printable(deed.message)}\n`))
  );
}

function markOf({ what }: Deed, style: Theme): string {
  if (what === "failed") return style.bad("✘");
  if (what === "undone") return style.changed("↩");
  if (what === "found") return style.dim("=");
  return actionMark(what, style);
}
