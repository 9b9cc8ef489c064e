import { printable } from "../../lib/printable.ts";
import type { Change, Diff } from "../../model/change.ts";
import type { Note } from "../../model/journal.ts";
import { changesOf, type HostPlan, isEmpty, type Plan, type Problem } from "../../model/plan.ts";
import { pad, widthOf } from "./fit.ts";
import { actionMark, plural } from "./marks.ts";
import type { Theme } from "./theme.ts";

/** A plan as text, like a good diff: machine by machine, change by change, then what it comes to. */
export function planText(plan: Plan, style: Theme): string {
  const parts = [
    `${style.strong(printable(plan.stack))} ${style.dim(`(${printable(plan.owner)})`)}\n`,
    notesText(plan, style),
    ...plan.hosts.filter((host) => !isQuiet(host)).map((host) => hostText(host, style)),
    ...plan.problems.map((problem) => problemText(problem, style)),
    `${plan.problems.length === 0 ? summary(plan) : blockedText(plan)}\n`,
  ];
  return parts.join("");
}

function blockedText(plan: Plan): string {
  const { length } = plan.problems;
  const first = isEmpty(plan) ? "" : `${summary(plan)}; `;
  return `${first}${plural(length, "problem")}: nothing is done before ${length === 1 ? "it is" : "they are"} solved`;
}

/** What a plan says before its changes. */
export function notesText(plan: Plan, style: Theme): string {
  const notes = plan.notes.map((note) => `${style.dim("note:")} ${printable(note)}\n`);
  const left = (plan.unreached ?? []).map(
    ({ machine, message }) =>
      `${style.bad("left out:")} ${printable(machine)}: ${printable(message)}; the others go on\n`,
  );
  return [...notes, ...left].join("");
}

/** `3 to create, 1 to update, 12 unchanged`. */
export function summary(plan: Plan): string {
  const changes = changesOf(plan);
  const count = (action: Change["action"]): number => changes.filter((change) => change.action === action).length;
  const unchanged = plan.hosts.reduce((sum, host) => sum + host.unchanged, 0);
  const parts = [
    [count("create"), "to create"],
    [count("update"), "to update"],
    [count("replace"), "to replace"],
    [count("delete"), "to delete"],
    [plan.hosts.reduce((sum, host) => sum + host.records.length, 0), "to record"],
    [plan.hosts.filter((host) => host.sweeps === true).length, "to sweep"],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  if (isEmpty(plan)) return unchanged === 0 ? "nothing to do" : `nothing to do, ${unchanged} unchanged`;
  return [...shown, ...(unchanged === 0 ? [] : [`${unchanged} unchanged`])].join(", ");
}

function isQuiet(host: HostPlan): boolean {
  return host.changes.length === 0 && host.records.length === 0 && host.sweeps !== true;
}

function hostText(host: HostPlan, style: Theme): string {
  const lines = [
    "",
    style.strong(printable(host.machine)),
    ...(host.sweeps === true ? [`  ${style.accent("»")} sweep what a run that died left behind`] : []),
    ...host.records.map((note) => `  ${style.accent("»")} ${recordText(note)}`),
    ...host.builds.map(
      (build) => `  ${style.accent("»")} build ${printable(build.app)} ${style.dim(printable(build.image))}`,
    ),
    ...host.changes.flatMap((change) => changeLines(change, style)),
  ];
  return `${lines.join("\n")}\n\n`;
}

function changeLines(change: Change, style: Theme): string[] {
  const tags = [
    ...(change.app === undefined ? [] : [change.app]),
    ...(change.found === true ? ["was there before"] : []),
    ...(change.brought === true ? ["shared by the apps here"] : []),
  ];
  const tag = tags.length === 0 ? "" : style.dim(`  [${printable(tags.join(", "))}]`);
  const deeper = (text: string): string => `      ${text}`;
  return [
    `  ${actionMark(change.action, style)} ${printable(`${change.type}:${change.name}`)}${tag}`,
    ...(change.because === undefined ? [] : [deeper(style.changed(`replaced because ${printable(change.because)}`))]),
    ...(change.action === "delete" ? [] : diffLines(change.diff, style).map(deeper)),
    ...(change.notes ?? []).map((note) => deeper(`${style.dim("note:")} ${printable(note)}`)),
    ...(change.guards === undefined
      ? []
      : [
          deeper(
            `${style.changed("could lock you out:")} ${printable(change.guards)}; done last, and put back unless a new connection comes in`,
          ),
        ]),
    ...(change.destroys === undefined
      ? []
      : [
          deeper(
            `${style.bad("destroys")} ${printable(change.destroys)} ${style.bad("(needs consent: --allow-delete)")}`,
          ),
        ]),
  ];
}

function diffLines(diffs: readonly Diff[], style: Theme): string[] {
  const width = Math.max(0, ...diffs.map((diff) => Math.min(24, widthOf(diff.path))));
  return diffs.map((diff) => `${pad(printable(diff.path), width)}  ${valueText(diff, style)}`);
}

function valueText({ from, to }: Diff, style: Theme): string {
  const [before, after] = [shorten(from), shorten(to)];
  if (from === "") return style.good(after);
  if (to === "") return style.bad(`${before} (removed)`);
  return `${style.bad(before)} ${style.dim("→")} ${style.good(after)}`;
}

/** Values may be whole files: a plan shows their beginning. */
function shorten(value: string): string {
  if (value === "*") return "(known after apply)";
  const line = printable(value);
  return line.length > 100 ? `${line.slice(0, 97)}...` : line;
}

function problemText(problem: Problem, style: Theme): string {
  const where = problem.id ?? problem.machine;
  const lines = [
    `${style.bad(style.strong("problem:"))} ${printable(problem.message)}`,
    ...(where === undefined ? [] : [`  in ${printable(where)}`]),
    ...(problem.hint === "" ? [] : [`  ${style.accent("fix:")} ${printable(problem.hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function recordText(note: Note): string {
  switch (note.kind) {
    case "release":
      return printable(`record release ${note.record.release} of ${note.record.app}`);
    case "pin":
      return printable(`pin ${note.app} to release ${note.release}`);
    case "unpin":
      return printable(`lift the pin of ${note.app}`);
    case "hold":
      return printable(`hold ${Object.keys(note.things).join(", ")} as run ${note.to} left them`);
    case "unhold":
      return "lift what an undo holds; the file decides again";
    case "adopt":
      return printable(`adopt ${note.id}`);
    case "forget":
      return printable(`forget ${note.id}; ${note.gone === true ? "it is gone already" : "it stays as it is"}`);
    case "rename":
      return printable(`rename ${note.what} ${note.from} to ${note.to}`);
    case "command":
    case "exit":
      return printable(note.kind); // Nothing that is planned.
    default:
      return note satisfies never;
  }
}
