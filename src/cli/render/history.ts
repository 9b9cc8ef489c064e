import { printable } from "../../lib/printable.ts";
import type { JournalLine, Note, RunHeader } from "../../model/journal.ts";
import { type Run, runsOf } from "../../model/runs.ts";
import { actionMark, plural } from "./marks.ts";
import type { Theme } from "./theme.ts";

interface MachineHistory {
  readonly machine: string;
  readonly lines: readonly JournalLine[];
}

/** Runs by machine, oldest first: who, what, how it ended. */
export function historyText(histories: readonly MachineHistory[], style: Theme): string {
  return histories.map((history) => machineText(history, style)).join("\n");
}

function machineText({ machine, lines }: MachineHistory, style: Theme): string {
  const runs = runsOf(lines);
  const text = runs.length === 0 ? "  nothing yet\n" : runs.map((run) => runText(run, style)).join("");
  return `${style.strong(printable(machine))}\n${text}`;
}

function runText({ number, time, header, ok, lines }: Run, style: Theme): string {
  const end = lines.find((line) => line.t === "end");
  const ending =
    (header === undefined ? commandEnding(lines, style) : undefined) ??
    (ok === undefined
      ? style.changed("not finished")
      : ok
        ? style.good("ok")
        : style.bad(`${end?.failed ?? 0} failed`));
  const head = header === undefined ? commandHead(lines) : headText(header);
  const skipped = lines.filter((line) => line.t === "done" && line.skipped).length;
  return [
    `  ${style.strong(`#${number}`)}  ${printable(time)}  ${head}  ${ending}\n`,
    ...lines.map((line) => lineText(line, style)),
    ...(skipped === 0 ? [] : [style.dim(`      ${plural(skipped, "thing")} already so\n`)]),
  ].join("");
}

function headText({ command, by, owner, commit }: RunHeader): string {
  return printable(`${command} of ${owner} by ${by}${commit === undefined ? "" : ` at ${commit.slice(0, 10)}`}`);
}

/** A command that was run by hand is no run of changes: two notes are all there is of it. */
function commandHead(lines: readonly JournalLine[]): string {
  const note = notesIn(lines).find((one) => one.kind === "command");
  return note === undefined ? "" : printable(`run of ${note.owner} by ${note.by}`);
}

function commandEnding(lines: readonly JournalLine[], style: Theme): string | undefined {
  const note = notesIn(lines).find((one) => one.kind === "exit");
  if (note === undefined) return undefined;
  return note.code === 0 ? style.good("exit 0") : style.bad(`exit ${note.code}`);
}

function notesIn(lines: readonly JournalLine[]): Note[] {
  return lines.flatMap((line) => (line.t === "note" ? [line.note] : []));
}

function lineText(line: JournalLine, style: Theme): string {
  switch (line.t) {
    case "done":
      return line.skipped
        ? ""
        : `    ${actionMark(line.action, style)} ${printable(line.id)}${saidText(line, style)}\n`;
    case "failed":
      return `    ${style.bad(`✘ ${printable(line.id)}: ${printable(line.message)}`)}\n`;
    case "undone":
      return `    ${style.changed(`↩ ${printable(line.id)}`)}\n`;
    case "note":
      // How it ended is said in its head.
      if (line.note.kind === "exit") return "";
      return `    » ${printable(line.note.kind)} ${printable(noteSubject(line.note))}\n`;
    default:
      return "";
  }
}

function saidText({ said = "" }: Extract<JournalLine, { t: "done" }>, style: Theme): string {
  return said === "" ? "" : style.dim(`  ${printable(said)}`);
}

function noteSubject(note: Extract<JournalLine, { t: "note" }>["note"]): string {
  switch (note.kind) {
    case "release":
      return `${note.record.app} ${note.record.release}${note.failed === true ? " (failed)" : ""}`;
    case "pin":
      return `${note.app} ${note.release}`;
    case "unpin":
      return note.app;
    case "hold":
      return `${Object.keys(note.things).join(", ")} as run ${note.to} left it`;
    case "unhold":
      return note.owner;
    case "adopt":
    case "forget":
      return note.id;
    case "rename":
      return `${note.what} ${note.from} to ${note.to}`;
    case "command":
      return `${note.argv.join(" ")}${note.user === undefined ? "" : ` as ${note.user}`}`;
    case "exit":
      return String(note.code);
    default:
      return note satisfies never;
  }
}
