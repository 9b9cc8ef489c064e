import { printable } from "../../lib/printable.ts";
import { cutTo, pad, widthOf } from "./fit.ts";
import { actionMark, duration } from "./marks.ts";
import type { Item, MachineProgress, Progress } from "./progress.ts";
import type { Theme } from "./theme.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The live tree: machines, what is in progress on them, what is done. Never wider or higher than the terminal. */
export function treeLines(progress: Progress, now: number, size: Size, style: Theme): string[] {
  const shown = progress.machines.filter((machine) => machine.items.length > 0 || machine.state === "connecting");
  // One row stays free for the cursor.
  const rows = Math.max(shown.length * 2, size.rows - 1);
  const share = Math.max(2, Math.floor(rows / Math.max(1, shown.length)));
  return shown
    .flatMap((machine) => machineLines(machine, now, share, style))
    .slice(-rows)
    .map((line) => cutTo(line, size.columns));
}

function machineLines(machine: MachineProgress, now: number, rows: number, style: Theme): string[] {
  const settled = machine.items.filter((item) => item.state !== "running").length;
  const total = Math.max(machine.planned, machine.items.length);
  const head = `${style.strong(printable(machine.machine))} ${style.dim(headText(machine, settled, total, now))}`;
  return [head, ...itemLines(machine.items, now, rows - 1, style)];
}

function headText(machine: MachineProgress, settled: number, total: number, now: number): string {
  if (machine.items.length > 0) return `${settled} of ${total}`;
  return machine.state === "connecting" ? `connecting, ${duration(now - machine.since)}` : "";
}

/** All of them where there is room; else the running and failed ones, and the last of the others. */
function itemLines(items: readonly Item[], now: number, rows: number, style: Theme): string[] {
  const width = Math.min(60, Math.max(0, ...items.map((item) => widthOf(item.id))));
  const lines = (some: readonly Item[]): string[] => some.map((item) => itemLine(item, now, width, style));
  if (items.length <= rows) return lines(items);
  const calm = items.filter((item) => item.state === "done" || item.state === "same");
  const room = Math.max(0, rows - 1 - (items.length - calm.length));
  const hidden = new Set(calm.slice(0, calm.length - room));
  const rest = items.filter((item) => !hidden.has(item)).slice(-Math.max(1, rows - 1));
  return [style.dim(`  ${style.good("✔")} ${items.length - rest.length} more`), ...lines(rest)];
}

function itemLine(item: Item, now: number, width: number, style: Theme): string {
  const time = duration((item.until ?? now) - item.since);
  const detail = item.detail === undefined ? "" : `  ${printable(item.detail)}`;
  const id = pad(printable(item.id), width);
  switch (item.state) {
    case "running":
      return `  ${style.accent(SPINNER[Math.floor(now / 100) % SPINNER.length] ?? "")} ${id}  ${time}${style.dim(detail)}`;
    case "done":
      return `  ${style.good("✔")} ${id}  ${style.dim(time + (item.action === "delete" ? "  removed" : "") + detail)}`;
    case "same":
      return style.dim(`  = ${id}  already so`);
    case "failed":
      return `  ${style.bad(`✘ ${id}  ${time}${detail}`)}`;
    case "blocked":
      return style.dim(`  · ${id}  left out:${detail.slice(1)}`);
    case "undone":
      return style.changed(`  ↩ ${id}  taken back`);
    default:
      return item.state satisfies never;
  }
}

/** One finished thing on a line of its own, for logs and terminals that cannot be redrawn. */
export function plainLine(machine: string, item: Item, style: Theme): string {
  const time = item.until === undefined ? "" : `  ${duration(item.until - item.since)}`;
  const mark = item.action === "build" ? style.accent("»") : actionMark(item.action, style);
  const detail = item.detail === undefined ? "" : `  ${printable(item.detail)}`;
  return `${printable(machine)}  ${mark} ${printable(item.id)}  ${wordFor(item)}${time}${detail}`;
}

function wordFor({ state }: Item): string {
  return {
    running: "started",
    done: "done",
    same: "already so",
    failed: "FAILED",
    blocked: "left out",
    undone: "taken back",
  }[state];
}
