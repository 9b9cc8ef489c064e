import { expect, test } from "vitest";
import type { JournalLine } from "../../src/model/journal.ts";
import { NO_MEMORY } from "../../src/model/journal.ts";
import { appKey, fold, ownedBy } from "../../src/model/memory.ts";

const OWNER = "me/production";
const header = { owner: OWNER, stack: "s", by: "ann@laptop", command: "up", machine: "m", machines: { m: "1" } };
let seq = 0;
const at = <T extends object>(line: T): JournalLine =>
  ({ seq: ++seq, time: "t", run: "r", ...line }) as unknown as JournalLine;
const done = (id: string, action: string, more: object = {}): JournalLine =>
  at({ t: "done", n: 0, id, action, owner: OWNER, skipped: false, answers: {}, ...more });
// A release's app spec is carried along and never looked into by the fold.
const release = (id: string, failed = false): JournalLine =>
  at({
    t: "note",
    note: {
      kind: "release",
      owner: OWNER,
      failed,
      record: { app: "web", release: id, spec: {}, input: "", image: "" },
    },
  });

test("folds owners, and forgets what was removed, undone or let go", () => {
  const lines = [
    at({ t: "begin", format: 1, header }),
    done("file:/a", "create"),
    done("file:/b", "create"),
    done("file:/c", "create"),
    done("file:/d", "create"),
    done("container:old#pause", "update", { group: "web" }),
    done("file:/e#pause", "create"),
    done("file:/a", "delete"),
    at({ t: "undone", n: 0, id: "file:/b" }),
    at({ t: "note", note: { kind: "forget", owner: OWNER, id: "file:/c" } }),
  ];
  const memory = fold(NO_MEMORY, lines);
  expect([...ownedBy(memory, OWNER).keys()]).toEqual(["file:/d", "file:/e#pause"]);
  expect(memory.stacks[OWNER]?.by).toBe("ann@laptop");
});

test("what was begun is ours, although its end was never written", () => {
  const start = (id: string, action: string, more: object = {}): JournalLine =>
    at({ t: "start", n: 0, id, action, owner: OWNER, ...more });
  const memory = fold(NO_MEMORY, [
    start("file:/a", "create"),
    start("file:/b", "update"),
    start("file:/c", "create", { found: true }),
  ]);
  expect([...ownedBy(memory, OWNER).keys()]).toEqual(["file:/a"]);
});

test("remembers where a secret was put, until something else is seen to be there", () => {
  const start = (id: string, more: object = {}): JournalLine =>
    at({ t: "start", n: 0, id, action: "update", owner: OWNER, ...more });
  const secret = { secret: true };
  const memory = fold(NO_MEMORY, [
    ...["file:/put", "file:/gone", "file:/begun", "file:/undone"].map((id) => done(id, "create")),
    done("file:/put", "update", secret),
    done("file:/gone", "update", secret),
    done("file:/gone", "update"),
    start("file:/begun", secret),
    start("file:/undone", secret),
    at({ t: "undone", n: 0, id: "file:/undone", action: "update", owner: OWNER }),
    start("file:/nobodys", secret),
  ]);
  const owned = Object.entries(memory.owned).map(([id, owners]) => [id, owners.map((one) => one.secret === true)]);
  expect(Object.fromEntries(owned)).toEqual({
    "file:/put": [true],
    "file:/gone": [false],
    "file:/begun": [true],
    "file:/undone": [true],
  });
});

test("folding in two parts gives the same as folding at once, and folded lines count once", () => {
  const lines = [
    at({ t: "begin", format: 1, header }),
    done("file:/a", "create"),
    release("r1"),
    release("r2"),
    done("file:/b", "create"),
  ];
  const whole = fold(NO_MEMORY, lines);
  expect(fold(fold(NO_MEMORY, lines.slice(0, 3)), lines)).toEqual(whole);
});

test("keeps releases newest first, with a failed one's last log", () => {
  const memory = fold(NO_MEMORY, [
    release("r1"),
    at({
      t: "failed",
      n: 1,
      id: "container:web",
      code: "PROBE_FAILED",
      message: "exit code 1",
      exit: 1,
      output: "boom",
    }),
    release("r2", true),
    release("r1"),
  ]);
  const releases = memory.releases[appKey(OWNER, "web")];
  expect(releases?.map((entry) => entry.record.release)).toEqual(["r1", "r2"]);
  expect(releases?.[1]).toMatchObject({ failed: true, log: "exit code 1\nboom" });
});

test("a renamed app keeps its releases and remembers its names", () => {
  const memory = fold(NO_MEMORY, [
    release("r1"),
    at({ t: "note", note: { kind: "rename", owner: OWNER, what: "app", from: "web", to: "site" } }),
  ]);
  expect(memory.names[appKey(OWNER, "site")]).toEqual(["web"]);
  expect(memory.releases[appKey(OWNER, "site")]?.length).toBe(1);
});

test("a pin stands until it is lifted", () => {
  const pin = at({ t: "note", note: { kind: "pin", owner: OWNER, app: "web", release: "r1", by: "ann@laptop" } });
  const memory = fold(NO_MEMORY, [pin]);
  expect(memory.pins[appKey(OWNER, "web")]).toMatchObject({ release: "r1", by: "ann@laptop" });
  expect(fold(memory, [at({ t: "note", note: { kind: "unpin", owner: OWNER, app: "web" } })]).pins).toEqual({});
});
