import { expect, test } from "vitest";
import { explain } from "./explain.ts";
import type { JournalLine } from "./journal.ts";

const header = (by: string, commit?: string) => ({
  ...{ owner: "gb/production", stack: "gb", by, command: "up", machine: "web", machines: {} },
  ...(commit === undefined ? {} : { commit }),
});
const base = { n: 0, action: "update", owner: "gb/production", time: "t" };
const key = "path:/etc/x";
const lines = [
  { seq: 1, run: "a", time: "t", t: "begin", format: 1, header: header("ann@x", "0123456789abcdef") },
  { ...base, seq: 2, run: "a", t: "start", id: "file:/etc/x", from: { [key]: "absent" } },
  {
    ...base,
    seq: 3,
    run: "a",
    t: "done",
    id: "file:/etc/x",
    action: "create",
    skipped: false,
    answers: { [key]: "file sha256=1" },
  },
  { ...base, seq: 4, run: "a", t: "done", id: "file:/etc/xy", skipped: false, answers: { "path:/etc/xy": "file" } },
  { seq: 5, run: "b", time: "t", t: "begin", format: 1, header: header("bob@y") },
  { ...base, seq: 6, run: "b", t: "start", id: "line:root in x", from: { [key]: "file sha256=1" } },
  {
    ...base,
    seq: 7,
    run: "b",
    t: "failed",
    id: "line:root in x",
    code: "STEP_FAILED",
    message: "no",
    exit: 1,
    output: "",
  },
  // As a runner writes them, with what matters here.
] as unknown as JournalLine[];

test("everything that happened to a path, by whatever resource, and nothing else", () => {
  const deeds = explain("/etc/x", lines);
  expect(deeds.map(({ id, what, run, by, commit }) => ({ id, what, run, by, commit }))).toEqual([
    { id: "file:/etc/x", what: "create", run: 1, by: "ann@x", commit: "0123456789abcdef" },
    { id: "line:root in x", what: "failed", run: 2, by: "bob@y", commit: undefined },
  ]);
  expect(deeds[0]).toMatchObject({ from: "absent", to: "file sha256=1" });
  expect(deeds[1]).toMatchObject({ from: "file sha256=1", message: "no" });
});

test.each(["file:/etc/xy", "/etc/xy"])("%s is one thing", (thing) => {
  expect(explain(thing, lines).map(({ id }) => id)).toEqual(["file:/etc/xy"]);
});

test("what no run touched has no deeds", () => {
  expect(explain("/etc", lines)).toEqual([]);
});
