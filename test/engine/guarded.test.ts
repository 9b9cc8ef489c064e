import { describe, expect, test } from "vitest";
import { allShelves } from "../../src/drover/shelves.ts";
import { guardedLast, splitGuarded } from "../../src/engine/guarded.ts";
import { programOf } from "../../src/engine/program.ts";
import type { Change } from "../../src/model/change.ts";
import { type JournalLine, NO_MEMORY } from "../../src/model/journal.ts";
import { fold } from "../../src/model/memory.ts";
import type { HostPlan } from "../../src/model/plan.ts";

function change(id: string, needs: string[] = [], guards?: string): Change {
  const [on = "", local = ""] = id.split("/");
  const [type = "", name = ""] = local.split(":");
  const base = { id, type, name, on, action: "update" as const, diff: [], steps: [], from: {}, to: {}, needs };
  return guards === undefined ? base : { ...base, guards };
}

const ids = (changes: readonly Change[]): string[] => changes.map(({ id }) => id);

describe("what could lock us out", () => {
  test("comes last, after all that does not wait for it", () => {
    const all = [
      change("web/firewall:main", [], "who may come in"),
      change("web/file:/a"),
      change("web/service:x", ["web/firewall:main"]),
      change("web/sudoers:ops", [], "who may become root"),
      change("web/file:/b"),
    ];
    expect(ids(guardedLast(all, all))).toEqual([
      "web/file:/a",
      "web/file:/b",
      "web/firewall:main",
      "web/sudoers:ops",
      "web/service:x",
    ]);
  });

  test("takes along what one of them needs of another", () => {
    const all = [
      change("web/user:ops", [], "the user you come in as"),
      change("web/directory:/x", ["web/user:ops"]),
      change("web/authorized-keys:ops", ["web/directory:/x"], "your keys"),
      change("web/file:/x/y", ["web/directory:/x"]),
    ];
    const { before, group, after } = splitGuarded(all, all);
    expect([ids(before), ids(group), ids(after)]).toEqual([
      [],
      ["web/user:ops", "web/directory:/x", "web/authorized-keys:ops"],
      ["web/file:/x/y"],
    ]);
  });

  test("what waits for one of them on another machine's way counts, too", () => {
    const all = [
      change("web/sshd:main", [], "sshd"),
      change("db/file:/a", ["web/sshd:main"]),
      change("web/file:/b", ["db/file:/a"]),
    ];
    const own = all.filter(({ on }) => on === "web");
    expect(ids(splitGuarded(own, all).after)).toEqual(["web/file:/b"]);
  });

  test("is a segment of its own in the program", () => {
    const changes = [
      change("web/file:/a"),
      change("web/sshd:main", [], "sshd"),
      change("web/file:/b", ["web/sshd:main"]),
    ];
    const plan: HostPlan = {
      machine: "web",
      machineId: "m",
      changes,
      unchanged: 0,
      builds: [],
      releases: [],
      records: [],
      urls: [],
    };
    const header = { owner: "o/p", stack: "s", by: "me", command: "up", machine: "web", machines: {} };
    const { segments } = programOf(plan, "r", header, allShelves());
    expect(segments.map(({ guard = false, items }) => [guard, items.length])).toEqual([
      [false, 1],
      [true, 1],
      [false, 1],
    ]);
  });
});

test("what was put back is ours as before; what had been made is not", () => {
  const base = { owner: "gb/production", n: 0, run: "r2", time: "t" };
  const owned = { "sshd:main": [{ owner: "gb/production", run: "r1" }] };
  const lines = [
    { ...base, seq: 1, t: "start", id: "sudoers:x", action: "create" },
    { ...base, seq: 2, t: "done", id: "sudoers:x", action: "create", skipped: false, answers: {} },
    { ...base, seq: 3, t: "done", id: "sshd:main", action: "delete", skipped: false, answers: {} },
    { ...base, seq: 4, t: "undone", id: "sshd:main", action: "delete" },
    { ...base, seq: 5, t: "undone", id: "sudoers:x", action: "create" },
  ] as unknown as JournalLine[];
  const memory = fold({ ...NO_MEMORY, owned }, lines);
  expect(Object.keys(memory.owned)).toEqual(["sshd:main"]);
});
