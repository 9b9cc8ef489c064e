import { printable } from "../lib/printable.ts";
import type { Emit, Event } from "../model/event.ts";
import type { Io } from "./io.ts";
import { type LiveArea, liveArea } from "./render/live.ts";
import { advance, type Item, NO_PROGRESS, type Progress } from "./render/progress.ts";
import type { Theme } from "./render/theme.ts";
import { plainLine, treeLines } from "./render/tree.ts";

/** Shows events while a command works. */
export interface View extends Disposable {
  readonly emit: Emit;
}

/** One JSON object a line. */
export function jsonView(io: Io): View {
  return { emit: (event) => io.out(`${JSON.stringify(event)}\n`), [Symbol.dispose]() {} };
}

/** Shows nothing: for commands whose output is one document. */
export const silentView: View = { emit() {}, [Symbol.dispose]() {} };

/** A tree on a terminal, lines elsewhere. */
export function humanView(io: Io, style: Theme): View {
  return io.isTTY ? treeView(io, style) : lineView(io, style);
}

function lineView(io: Io, style: Theme): View {
  let progress = NO_PROGRESS;
  const write = (line: string): void => {
    io.out(`${line}\n`);
  };
  return {
    emit(event) {
      const before = progress;
      progress = advance(progress, event, Date.now());
      for (const line of newLines(before, progress, event, style)) write(line);
    },
    [Symbol.dispose]() {},
  };
}

/** What an event adds to a log: things that ended, builds that began, their output, notes. */
function newLines(before: Progress, after: Progress, event: Event, style: Theme): string[] {
  if (event.event === "note") return [`${style.dim("note:")} ${printable(event.text)}`];
  if (event.event === "output") return [style.dim(`${printable(event.machine)}  | ${printable(event.line)}`)];
  const old = new Map(
    before.machines.flatMap((one) => one.items.map((item) => [`${one.machine}/${item.id}`, item] as const)),
  );
  return after.machines.flatMap(({ machine, items }) =>
    items.flatMap((item) => itemLines(machine, item, old.get(`${machine}/${item.id}`), style)),
  );
}

function itemLines(machine: string, item: Item, before: Item | undefined, style: Theme): string[] {
  const { detail, ...bare } = item;
  if (before?.state !== item.state && item.state !== "running") return [plainLine(machine, item, style)];
  if (item.action !== "build" || item.state !== "running") return [];
  const begun = before === undefined ? [plainLine(machine, bare, style)] : [];
  const isNews = detail !== undefined && detail.trim() !== "" && detail !== before?.detail;
  return isNews ? [...begun, style.dim(`${printable(machine)}  | ${printable(detail)}`)] : begun;
}

function treeView(io: Io, style: Theme): View {
  const area: LiveArea = liveArea(io.out);
  let progress = NO_PROGRESS;
  const draw = (): void =>
    area.draw(treeLines(progress, Date.now(), { columns: io.columns(), rows: io.rows() }, style));
  const ticker = setInterval(draw, 100);
  ticker.unref();
  io.live.above = area.above;
  return {
    emit(event) {
      progress = advance(progress, event, Date.now());
      if (event.event === "note") area.above(`${style.dim("note:")} ${printable(event.text)}\n`);
    },
    [Symbol.dispose]() {
      clearInterval(ticker);
      io.live.above = undefined;
      area.finish(finalLines(progress, io, style));
    },
  };
}

/** At the end there is no limit on rows; machines that only were connected to are not worth a line. */
function finalLines(progress: Progress, io: Io, style: Theme): string[] {
  const machines = progress.machines.filter((machine) => machine.items.length > 0);
  return treeLines({ machines }, Date.now(), { columns: io.columns(), rows: 10_000 }, style);
}
