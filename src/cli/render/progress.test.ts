import { describe, expect, it } from "vitest";
import type { Event } from "../../model/event.ts";
import { widthOf } from "./fit.ts";
import { liveArea } from "./live.ts";
import { advance, NO_PROGRESS, type Progress } from "./progress.ts";
import { theme } from "./theme.ts";
import { treeLines } from "./tree.ts";

const plain = theme(false);
const line = { seq: 1, time: "", run: "r" };
const start = (machine: string, id: string): Event => ({
  event: "journal",
  machine,
  line: { ...line, t: "start", n: 1, id, action: "create", owner: "o" },
});
const done = (machine: string, id: string, skipped = false): Event => ({
  event: "journal",
  machine,
  line: { ...line, t: "done", n: 1, id, action: "create", owner: "o", skipped, answers: {} },
});

function seen(events: ReadonlyArray<readonly [number, Event]>): Progress {
  return events.reduce((progress, [now, event]) => advance(progress, event, now), NO_PROGRESS);
}

describe("the tree", () => {
  it("shows what is done, in progress, failed and left out, with times", () => {
    const progress = seen([
      [0, { event: "connecting", machine: "web" }],
      [0, start("web", "web/package:haproxy")],
      [4100, done("web", "package:haproxy")],
      [4100, done("web", "file:/etc/x", true)],
      [4200, start("web", "container:web.1")],
      [4300, { event: "output", machine: "web", id: "container:web.1", line: "npm ci" }],
      [5000, start("web", "route:web")],
      [
        5500,
        {
          event: "journal",
          machine: "web",
          line: {
            ...line,
            t: "failed",
            n: 2,
            id: "route:web",
            code: "STEP_FAILED",
            message: "no answer",
            exit: 1,
            output: "",
          },
        },
      ],
      [
        5500,
        { event: "journal", machine: "web", line: { ...line, t: "blocked", n: 3, id: "file:/z", by: "web/route:web" } },
      ],
      [5600, { event: "connecting", machine: "db" }],
    ]);
    expect(treeLines(progress, 6200, { columns: 80, rows: 24 }, plain)).toEqual([
      "web 4 of 5",
      "  ✔ package:haproxy  4.1 s",
      "  = file:/etc/x      already so",
      "  ⠹ container:web.1  2.0 s  npm ci",
      "  ✘ route:web        0.5 s  no answer",
      "  · file:/z          left out: waits for route:web",
      "db connecting, 0.6 s",
    ]);
  });

  it("stays within the terminal, whatever is in it", () => {
    const many = Array.from({ length: 100 }, (_, n): [number, Event] => [
      n,
      n < 95 ? done("web", `file:/目录/${"x".repeat(90)}${n}`) : start("web", `file:/😀${n}`),
    ]);
    const progress = seen([
      ...many,
      ...many.map(([n, event]): [number, Event] => [n, "machine" in event ? { ...event, machine: "db" } : event]),
    ]);
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 20, rows: 8 },
      { columns: 1, rows: 1 },
    ]) {
      const lines = treeLines(progress, 200, size, theme(true));
      expect(lines.length).toBeLessThanOrEqual(Math.max(4, size.rows - 1));
      for (const text of lines) expect(widthOf(text)).toBeLessThanOrEqual(size.columns);
    }
    expect(
      treeLines(progress, 200, { columns: 80, rows: 24 }, plain).filter((text) => text.includes("😀")).length,
    ).toBe(10);
  });

  it("cannot be made to write escape sequences", () => {
    const progress = seen([
      [0, start("web", "file:/\u001b[2J")],
      [1, { event: "output", machine: "web", id: "file:/\u001b[2J", line: "\u001b]0;x\u0007\r" }],
    ]);
    expect(treeLines(progress, 2, { columns: 200, rows: 24 }, plain).join("\n")).not.toMatch(/[\u001b\u0007\r]/);
  });
});

/** A terminal as far as the live area uses one: lines, cursor up, erase. */
function terminal(): {
  readonly write: (text: string) => void;
  readonly screen: () => string[];
  readonly blanks: () => number;
} {
  let lines = [""];
  let row = 0;
  let column = 0;
  let blanks = 0;
  const put = (char: string): void => {
    const old = (lines[row] ?? "").padEnd(column);
    lines[row] = old.slice(0, column) + char + old.slice(column + 1);
    column += 1;
  };
  const obey = (code: string, kind: string): void => {
    if (kind === "A") row = Math.max(0, row - Number(code));
    if (kind === "K") lines[row] = (lines[row] ?? "").slice(0, column);
    if (kind === "J") {
      if (column === 0 && row === 0) blanks += 1;
      lines = [...lines.slice(0, row), (lines[row] ?? "").slice(0, column)];
    }
  };
  return {
    write(text) {
      for (const [, code = "", kind = "", char = ""] of text.matchAll(/\u001b\[\??([\d;]*)([A-Za-z])|([\s\S])/g)) {
        if (kind !== "") obey(code, kind);
        else if (char === "\n") [row, column] = [row + 1, 0];
        else if (char === "\r") column = 0;
        else put(char);
        lines[row] ??= "";
      }
    },
    screen: () => lines.map((text) => text.trimEnd()),
    blanks: () => blanks,
  };
}

describe("the live area", () => {
  it("is redrawn in place, grows and shrinks, and never blanks what stays", () => {
    const screen = terminal();
    screen.write("before\n");
    const area = liveArea(screen.write);
    area.draw(["one", "two long line", "three"]);
    expect(screen.screen()).toEqual(["before", "one", "two long line", "three", ""]);
    area.draw(["one", "two"]);
    expect(screen.screen()).toEqual(["before", "one", "two", ""]);
    area.draw(["1", "2", "3", "4"]);
    expect(screen.screen()).toEqual(["before", "1", "2", "3", "4", ""]);
    area.finish(["all done"]);
    screen.write("after\n");
    expect(screen.screen()).toEqual(["before", "all done", "after", ""]);
    expect(screen.blanks()).toBe(0);
  });

  it("lets lines be written above it", () => {
    const screen = terminal();
    const area = liveArea(screen.write);
    area.draw(["one", "two"]);
    area.above("a note\n");
    area.draw(["one", "two"]);
    area.finish(["done"]);
    expect(screen.screen()).toEqual(["a note", "done", ""]);
  });

  it("writes nothing when nothing changed, and shows the cursor at the end", () => {
    const written: string[] = [];
    const area = liveArea((text) => written.push(text));
    area.draw(["a"]);
    area.draw(["a"]);
    expect(written.length).toBe(1);
    expect(written[0]).toContain("\u001b[?25l");
    area.finish(["a"]);
    expect(written.at(-1)).toContain("\u001b[?25h");
  });
});
