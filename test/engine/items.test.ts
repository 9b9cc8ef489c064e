import { describe, expect, test } from "vitest";
import { changeItems } from "../../src/engine/items.ts";
import type { Change } from "../../src/model/change.ts";
import { boxType, shelvesOf } from "./toys.ts";

const crate = boxType({ type: "crate", batch: (changes) => changes.flatMap((one) => one.steps) });
const row = boxType({
  ...{ type: "row", brief: true },
  batch: (changes) => changes.flatMap((one) => one.steps),
  batchOf: ({ name, pending }) => (pending === undefined ? name.slice(0, 1) : undefined),
});
const steps = (changes: readonly Change[]) => changes.flatMap((one) => one.steps);
const knot = boxType({ type: "knot", batch: steps, batchRemoval: steps });
const shelves = shelvesOf(row, boxType({ brief: true }), boxType({ type: "slow" }), crate, knot);

function change(name: string, over: Partial<Change> = {}): Change {
  const type = over.type ?? "box";
  return {
    ...{ id: `m/${type}:${name}`, type, name, on: "m", action: "create", diff: [], needs: [] },
    steps: [{ kind: "exec", argv: ["make", name] }],
    from: { [`${type}:${name}`]: "absent" },
    to: { [`${type}:${name}`]: "box size=1" },
    ...over,
  };
}

/** The names in each item. */
const names = (changes: readonly Change[]): string[] =>
  changeItems(changes, shelves).map((item) =>
    item.kind === "changes" ? item.changes.map(({ name }) => name).join(" ") : "note",
  );

describe("changes that are looked at together", () => {
  test("are neighbours of one brief type, each with its own steps", () => {
    const [item] = changeItems([change("a"), change("b"), change("c", { action: "delete" })], shelves);
    expect(item).toMatchObject({ changes: [{ name: "a" }, { name: "b" }, { name: "c" }] });
    expect(item).not.toHaveProperty("merged");
  });

  test("are merged where their type makes them one transaction, but for what goes", () => {
    const crates = ["a", "b", "c"].map((name) => change(name, { type: "crate", ...(name === "c" ? GOES : {}) }));
    expect(names(crates)).toEqual(["a b", "c"]);
    expect(changeItems(crates, shelves)[0]).toHaveProperty("merged", [
      { kind: "exec", argv: ["make", "a"] },
      { kind: "exec", argv: ["make", "b"] },
    ]);
    expect(changeItems(crates, shelves)[1]).not.toHaveProperty("merged");
  });

  test.each<[string, string, string[]]>([
    ["have in common what makes them one", "a1 a2 b1 b2", ["a1+a2", "b1+b2"]],
    ["are each by themselves, as brief ones are", "a1 b1 c1", ["a1 b1 c1"]],
    ["come in turns: not gathered", "a1 b1 a2 b2", ["a1 b1 a2 b2"]],
    ["have one that goes among them", "a1 a2 -a3 a4", ["a1+a2", "-a3 a4"]],
  ])("of a type that merges what belongs together, which %s", (_what, text, items) => {
    const rows = text.split(" ").map((word) => {
      const name = word.replace("-", "");
      return change(name, { type: "row", ...(word === name ? {} : { action: "delete" }) });
    });
    const seen = changeItems(rows, shelves).map((item) => {
      if (item.kind !== "changes") return "note";
      const words = item.changes.map(({ name, action }) => (action === "delete" ? `-${name}` : name));
      return words.join(item.merged === undefined ? " " : "+");
    });
    expect(seen).toEqual(items);
  });

  test("are merged when they go, too, where their type says how: never with what comes", () => {
    const goes = ["a", "b", "c"].map((name) => change(name, { type: "knot", ...GOES }));
    const comes = ["d", "e"].map((name) => change(name, { type: "knot" }));
    expect(names([...goes, ...comes])).toEqual(["a b c", "d e"]);
    expect(changeItems(goes, shelves)[0]).toHaveProperty(
      "merged",
      ["a", "b", "c"].map((name) => ({ kind: "exec", argv: ["make", name] })),
    );
    expect(names([change("a", GOES), change("b", { ...GOES, type: "knot", needs: ["m/knot:a"] })])).toEqual(["a", "b"]);
  });

  test("are 32 at most", () => {
    const many = Array.from({ length: 40 }, (_, index) => change(`n${index}`));
    expect(changeItems(many, shelves).map((item) => (item.kind === "changes" ? item.changes.length : 0))).toEqual([
      32, 8,
    ]);
  });

  test.each<[string, Partial<Change>]>([
    ["is of another type", { type: "slow" }],
    ["waits for another machine", { needs: ["other/box:x"] }],
    ["waits for what is known later", { pending: { size: "1" } }],
    ["belongs to a rollout", { rollout: { group: "g", role: "new" } }],
    ["can be undone", { undo: [{ kind: "exec", argv: ["back"] }] }],
    ["waits for an answer", { steps: [{ kind: "wait", query: { kind: "box", arg: "b" }, to: "up", within: 5 }] }],
  ])("are not joined by one that %s, nor is that joined", (_what, over) => {
    expect(names([change("a"), change("b", over), change("c")])).toEqual(["a", "b", "c"]);
  });

  test.each<[string, Partial<Change>]>([
    ["needs one of them", { needs: ["m/box:a"] }],
    ["begins on what one of them leaves", { from: { "box:a": "box size=1" }, to: { "box:a": "box size=2" } }],
    ["leaves something else of what one of them moves", { from: { "box:a": "absent" }, to: { "box:a": "box size=2" } }],
  ])("are not joined by one that %s", (_what, over) => {
    expect(names([change("a"), change("b", over), change("c")])).toEqual(["a", "b c"]);
  });

  test("may both move what either leaves alike, such as lines of one file", () => {
    const file = (from: string) => ({ from: { f: from }, to: { f: "file sum=*" } });
    expect(names([change("a", file("file sum=1")), change("b", file("file sum=*"))])).toEqual(["a b"]);
    expect(names([change("a", file("absent")), change("b", file("file sum=*"))])).toEqual(["a", "b"]);
  });

  test("of a type that is not brief stay alone", () => {
    expect(names([change("a", { type: "slow" }), change("b", { type: "slow" })])).toEqual(["a", "b"]);
  });
});

const GOES: Partial<Change> = { action: "delete" };
