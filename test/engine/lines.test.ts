import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DeclaredInput, line } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { up, useHere } from "./here.ts";

/** Lines of one file go in together: it is checked and replaced once, with all of them in it. */
const here = useHere();
const BEFORE = "# top\nPort 22\n#Listen no\nold one\nold two\nend";

function lines(path: string, more: readonly DeclaredInput[] = []): DeclaredInput[] {
  return [
    line(path, "port", { line: "Port 2222", match: "^#?Port " }),
    line(path, "listen", { line: "Listen yes", match: "^#?Listen " }),
    line(path, "olds", { line: "old three", match: "^old ", every: true }),
    line(path, "after", { line: "after the port", after: "^Port " }),
    line(path, "before", { line: "before the end", before: "^end$" }),
    line(path, "none", { match: "^# top$", present: false }),
    line(path, "last", { line: "the last" }),
    ...more,
  ];
}

/** How often the file was written: each time it is another one. */
const numberOf = (path: string): number => statSync(path).ino;

test("each finds its place where those before it left it; then there is nothing to do, and all go back", async () => {
  const path = join(here.folder, "conf");
  writeFileSync(path, BEFORE);
  const { plan, outcome } = await up(lines(path));
  expect(outcome.failures).toEqual([]);
  expect(changesOf(plan)).toHaveLength(7);
  const after = "Port 2222\nafter the port\nListen yes\nold three\nbefore the end\nend\nthe last";
  expect(readFileSync(path, "utf8")).toBe(after);
  const again = await up(lines(path));
  expect(changesOf(again.plan)).toEqual([]);
  // The bytes before the first of them are kept, and no others.
  const kept = readdirSync(join(here.folder, "state/blobs"));
  expect(kept.map((blob) => readFileSync(join(here.folder, "state/blobs", blob), "utf8"))).toEqual([BEFORE]);
  await up([]);
  expect(readFileSync(path, "utf8")).toBe("Port 22\n#Listen no\nold one\nend");
});

test("what has to accept the file sees it with all of them in it", async () => {
  const path = join(here.folder, "conf");
  writeFileSync(path, "x=1\n");
  const check = ["sh", "-c", 'test "$(grep -c ^y "$1")" != 1', "sh", "{}"];
  const both = [line(path, "a", { line: "y=1", check }), line(path, "b", { line: "y=2", check })];
  const first = numberOf(path);
  expect((await up(both)).outcome.failures).toEqual([]);
  expect(readFileSync(path, "utf8")).toBe("x=1\ny=1\ny=2\n");
  expect(numberOf(path)).not.toBe(first);
});

test("what is not accepted fails for all of them, and the file stays as it was", async () => {
  const path = join(here.folder, "conf");
  writeFileSync(path, "x=1\n");
  const check = ["sh", "-c", 'echo "no y, please"; ! grep -q ^y "$1"', "sh", "{}"];
  const { outcome } = await up([line(path, "a", { line: "z", check }), line(path, "b", { line: "y", check })]);
  expect(outcome.failures.map(({ id, code }) => `${id} ${code}`)).toEqual([
    `line:${path}:a STEP_FAILED`,
    `line:${path}:b STEP_FAILED`,
  ]);
  expect(outcome.failures[0]?.evidence.join("\n")).toContain("no y, please");
  expect(readFileSync(path, "utf8")).toBe("x=1\n");
});

test("where one of them may not be put any more, none is, and all are told", async () => {
  const path = join(here.folder, "conf");
  writeFileSync(path, "x=1\n");
  const both = [line(path, "a", { line: "y=1", match: "^y=" }), line(path, "b", { line: "z" })];
  const { outcome } = await up(both, () => writeFileSync(path, "x=1\ny=7\n"));
  expect(outcome.failures).toMatchObject([{ id: `line:${path}:a`, code: "PLAN_STALE" }]);
  expect(readFileSync(path, "utf8")).toBe("x=1\ny=7\n");
  expect(outcome.ok).toBe(false);
  expect((await up(both)).outcome.failures).toEqual([]);
  expect(readFileSync(path, "utf8")).toBe("x=1\ny=1\nz\n");
});

test("lines of several files, in turns, each find theirs", async () => {
  const [one, two] = [join(here.folder, "one"), join(here.folder, "two")];
  for (const path of [one, two]) writeFileSync(path, "x\n");
  const inTurns = ["a", "b", "c"].flatMap((name) => [one, two].map((path) => line(path, name, { line: name })));
  expect((await up(inTurns)).outcome.failures).toEqual([]);
  for (const path of [one, two]) expect(readFileSync(path, "utf8")).toBe("x\na\nb\nc\n");
});
