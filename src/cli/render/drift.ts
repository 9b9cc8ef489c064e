import type { DriftReport } from "../../api.ts";
import type { Drifted, Unmanaged } from "../../engine/drift.ts";
import { printable } from "../../lib/printable.ts";
import { changedParts } from "./answers.ts";
import type { Theme } from "./theme.ts";

/** What drifted, machine by machine. */
export function driftText(reports: readonly DriftReport[], style: Theme): string {
  return reports.map((report) => machineText(report, style)).join("\n");
}

function machineText({ machine, since, managed, unmanaged, gaps }: DriftReport, style: Theme): string {
  const last =
    since === undefined
      ? "  nothing was ever done here\n"
      : style.dim(`  since run #${since.run} of ${printable(since.time)} by ${printable(since.by)}\n`);
  const things = [
    ...managed.map((one) => managedText(one, style)),
    ...unmanaged.map((one) => unmanagedText(one, style)),
  ];
  return [
    `${style.strong(printable(machine))}\n`,
    last,
    ...(things.length === 0 ? [`  ${style.good("✔")} as it was left\n`] : things),
    ...gaps.map((gap) => style.dim(`  not looked at: ${printable(gap)}\n`)),
  ].join("");
}

function managedText({ id, key, was, is, run, by }: Drifted, style: Theme): string {
  const [before, now] = changedParts(was, is);
  const which = key.slice(key.indexOf(":") + 1) === id.slice(id.indexOf(":") + 1) ? "" : ` (${printable(key)})`;
  return (
    `  ${style.changed("~")} ${printable(id)}${which}: ${printable(before)} → ${style.strong(printable(now))}` +
    `${style.dim(`  left so by run #${run} of ${printable(by)}`)}\n`
  );
}

function unmanagedText({ kind, name, was, is }: Unmanaged, style: Theme): string {
  const what = `${kind} ${printable(name)}`;
  if (kind === "package-file") return `  ${style.changed("~")} ${what}: ${printable(is ?? "")}, and no run did so\n`;
  if (was === undefined) return `  ${style.good("+")} ${what}: ${printable(is ?? "")}, not declared\n`;
  if (is === undefined) return `  ${style.bad("-")} ${what}: it is gone\n`;
  return `  ${style.changed("~")} ${what}: ${printable(was)} → ${printable(is)}\n`;
}
