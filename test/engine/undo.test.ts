import { describe, expect, test } from "vitest";
import { allShelves } from "../../src/drover/shelves.ts";
import { withHeld } from "../../src/engine/held.ts";
import { undoTo } from "../../src/engine/undo.ts";
import { DroverError } from "../../src/lib/error.ts";
import type { AnswerMap } from "../../src/model/answer.ts";
import type { JournalLine, Note } from "../../src/model/journal.ts";
import { NO_MEMORY } from "../../src/model/journal.ts";
import { fold } from "../../src/model/memory.ts";
import type { Resource } from "../../src/model/resource.ts";
import { runNamed, runsOf } from "../../src/model/runs.ts";
import type { Json } from "../../src/model/secret.ts";

const OWNER = "gb/production";
const ONE = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const motd = (digest: string): AnswerMap => ({ "path:/etc/motd": `file mode=644 owner=root:root sha256=${digest}` });

/** A journal, run by run: what each began to change, and from what. */
function journal(
  runs: ReadonlyArray<ReadonlyArray<{ id: string; from?: AnswerMap; spec?: Json; app?: string; group?: string }>>,
) {
  const lines: JournalLine[] = [];
  const line = (run: number, rest: object): void => {
    lines.push({ seq: lines.length + 1, time: "t", run: `2026-${run}`, ...rest } as unknown as JournalLine);
  };
  runs.forEach((changes, at) => {
    const header = { owner: OWNER, stack: "gb", by: "me@here", command: "up", machine: "web", machines: {} };
    line(at + 1, { t: "begin", format: 1, header });
    for (const change of changes) line(at + 1, { t: "start", n: 0, action: "update", owner: OWNER, ...change });
    line(at + 1, { t: "end", ok: true, failed: 0 });
  });
  return lines;
}

function back(lines: readonly JournalLine[], to: string) {
  return undoTo(runNamed(to, runsOf(lines), "web"), lines, OWNER, allShelves());
}

describe("what going back to a run means", () => {
  test("each thing is as it was before the first change after that run", () => {
    const lines = journal([
      [{ id: "file:/etc/motd", from: { "path:/etc/motd": "absent" } }],
      [{ id: "file:/etc/motd", from: motd(ONE) }],
      [{ id: "file:/etc/motd", from: motd("0".repeat(64)) }],
    ]);
    expect(back(lines, "1").things).toEqual({
      "file:/etc/motd": { spec: { mode: "0644", owner: "root:root", sha256: ONE } },
    });
    expect(back(lines, "3").things).toEqual({});
  });

  test("what was made since was not there", () => {
    const lines = journal([[], [{ id: "user:ann", from: { "user:ann": "absent" } }]]);
    expect(back(lines, "1").things).toEqual({ "user:ann": {} });
  });

  test("what a package brought before its own turn came was not there either", () => {
    const lines = [...journal([[]])];
    const done = { t: "done", n: 0, id: "service:cron", action: "create", owner: OWNER, skipped: true, answers: {} };
    lines.push({ seq: 3, time: "t", run: "2026-2", ...done } as JournalLine);
    expect(back(lines, "1").things).toEqual({ "service:cron": {} });
  });

  test("of a file that a package brought, nothing was there; of one that was there, its mode and owner come back", () => {
    const from = { "entry:/etc/crontab": "file mode=644 owner=root:root" };
    const start = { t: "start", n: 0, id: "file:/etc/crontab", owner: OWNER, found: true, from };
    const undone = (action: string) => {
      const lines = [...journal([[]]), { seq: 3, time: "t", run: "2026-2", ...start, action } as JournalLine];
      return back(lines, "1");
    };
    expect(undone("create")).toMatchObject({
      things: { "file:/etc/crontab": {} },
      before: { "file:/etc/crontab": {} },
    });
    const spec = { mode: "0644", owner: "root:root" };
    expect(undone("update")).toMatchObject({ things: { "file:/etc/crontab": { spec } } });
  });

  test("a stop for a while is none of it, and a path that ends alike is", () => {
    const from = { "path:/srv/a#pause": "absent" };
    const lines = journal([
      [],
      [
        { id: "file:/srv/a#pause", from },
        { id: "container:web.1#pause", from: {}, group: "web" },
      ],
    ]);
    expect(back(lines, "1").things).toEqual({ "file:/srv/a#pause": {} });
  });

  test("what was half gone then stays as it is, and is told", () => {
    const id = "volume-group:data";
    const lines = journal([[], [{ id, from: { "vg:data": "group devices=%5bunknown%5d extent=4096" } }]]);
    expect(back(lines, "1")).toMatchObject({
      things: {},
      notes: [`${id} stays as it is: how it was then, no fields describe`],
    });
  });

  test("a text with a secret comes from the reference that was recorded then, not from a later one", () => {
    const spec = (name: string): Json => ({ content: { concat: ["PW=", { secret: name }] }, mode: "0600" });
    const from = { "secretfile:/etc/pw": "file mode=600 owner=root:root secret=other" };
    const lines = journal([
      [{ id: "file:/etc/pw", from: { "secretfile:/etc/pw": "absent" }, spec: spec("OLD") }],
      [{ id: "file:/etc/pw", from, spec: spec("NEW") }],
    ]);
    expect(back(lines, "1").things).toEqual({ "file:/etc/pw": { spec: spec("OLD") } });
  });

  test("apps are left to rollback, and other stacks' things alone", () => {
    const other = { id: "file:/etc/motd", from: motd(ONE), owner: "other/production" };
    const lines = journal([[], [{ id: "container:web.1", app: "guestbook", from: {} }, other]]);
    const undo = back(lines, "1");
    expect(undo.things).toEqual({});
    expect(undo.notes).toEqual(["guestbook is an app: it goes back with `drover rollback guestbook`"]);
  });

  test("a journal without what was before says so", () => {
    const lines = journal([[], [{ id: "file:/etc/motd" }]]);
    expect(() => back(lines, "1")).toThrow("was not recorded");
  });

  test.each(["0", "4", "nothing"])("there is no run %s", (name) => {
    const runs = runsOf(journal([[], [], []]));
    expect(() => runNamed(name, runs, "web")).toThrow(DroverError);
    expect(() => runNamed("2026-", runs, "web")).toThrow("several runs");
  });
});

describe("what an undo holds", () => {
  const resource = (name: string, spec: Json, needs: string[] = []): Resource => ({
    id: `web/file:${name}`,
    type: "file",
    name,
    on: "web",
    spec,
    needs,
  });
  const wanted = [resource("/a", { content: "new" }), resource("/b", { content: "b" }, ["web/file:/a"])];
  const note: Note = {
    kind: "hold",
    owner: OWNER,
    to: "2026-1",
    by: "me@here",
    things: { "file:/a": {}, "file:/c": { spec: { sha256: ONE } } },
  };
  const lines: JournalLine[] = [{ seq: 1, time: "t", run: "2026-2", t: "note", note }];
  const memory = fold(NO_MEMORY, lines);

  test("stands in for the file until it is lifted, and is told", () => {
    const held = withHeld("web", OWNER, wanted, memory, { lift: false, hold: undefined });
    expect(held.resources).toEqual([
      { ...wanted[1], needs: [] },
      { id: "web/file:/c", type: "file", name: "/c", on: "web", needs: [], spec: { sha256: ONE } },
    ]);
    expect(held.notes).toEqual([
      "on web file:/a, file:/c: as run 2026-1 left it, put back by me@here; `drover up --lift` goes back to the file",
    ]);
    const lifted = withHeld("web", OWNER, wanted, memory, { lift: true, hold: undefined });
    expect(lifted).toEqual({ resources: wanted, records: [{ kind: "unhold", owner: OWNER }], notes: [] });
  });

  test("is forgotten once it was lifted, and never another stack's", () => {
    const after = fold(memory, [{ seq: 2, time: "t", run: "r", t: "note", note: { kind: "unhold", owner: OWNER } }]);
    for (const [owner, remembered] of [[OWNER, after] as const, ["other/production", memory] as const]) {
      const held = withHeld("web", owner, wanted, remembered, { lift: false, hold: undefined });
      expect(held).toEqual({ resources: wanted, records: [], notes: [] });
    }
  });
});
