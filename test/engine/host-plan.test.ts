import { describe, expect, test } from "vitest";
import { queriesOf } from "../../src/engine/observe.ts";
import { parseAnswer } from "../../src/model/answer.ts";
import { noop } from "../../src/model/change.ts";
import { NO_MEMORY, type Owned } from "../../src/model/journal.ts";
import { fold } from "../../src/model/memory.ts";
import type { Resource } from "../../src/model/resource.ts";
import { box, boxType, OWNER, owned, planCase, shelvesOf } from "./toys.ts";

const shown = (result: ReturnType<typeof planCase>): string[] =>
  result.plan.changes.map((change) => `${change.action} ${change.id}`);

describe("a plan of one host", () => {
  test("is empty when all is as wanted", () => {
    const result = planCase({ resources: [box("a", "1")], answers: { "box:a": `box size=1 owner=${OWNER}` } });
    expect(shown(result)).toEqual([]);
    expect(result.plan.unchanged).toBe(1);
  });

  test("puts what contains before what is contained, whatever the order in the file", () => {
    const result = planCase({ resources: [box("in", "1", { inside: "out" }), box("out", "2")] });
    expect(shown(result)).toEqual(["create m/box:out", "create m/box:in"]);
    expect(result.plan.changes[1]?.needs).toEqual(["m/box:out"]);
  });

  test("names a cycle", () => {
    const resources = [box("a", "1", { needs: ["m/box:b"] }), box("b", "1", { needs: ["m/box:a"] })];
    expect(() => planCase({ resources })).toThrow(/need each other: m\/box:a -> m\/box:b -> m\/box:a/);
  });

  test("puts all of a type before what comes after it, but not what needs it", () => {
    const crate = boxType({ type: "crate", after: () => ["box:*"] });
    const crates = ["first", "last"].map((name) => ({ ...box(name, "1"), id: `m/crate:${name}`, type: "crate" }));
    const resources = [...crates, box("a", "1", { needs: ["m/crate:first"] }), box("b", "1")];
    const result = planCase({ resources, shelves: shelvesOf(boxType(), crate) });
    const needs = new Map(result.plan.changes.map((change) => [change.id, change.needs]));
    expect(needs.get("m/crate:last")).toEqual(["m/box:a", "m/box:b"]);
    expect(needs.get("m/crate:first")).toEqual(["m/box:b"]);
  });

  test("removes what left the file, contents first, and only what is ours", () => {
    const nest = boxType({ spec: (name, state) => ({ ...state, ...(name === "in" ? { inside: "out" } : {}) }) });
    const answers = { "box:out": "box size=1", "box:in": "box size=1", "box:foreign": "box size=1" };
    const result = planCase({ answers, memory: owned("box:out", "box:in"), shelves: shelvesOf(nest) });
    expect(shown(result)).toEqual(["delete m/box:in", "delete m/box:out"]);
  });

  test.each(["a#b", "a#pause"])("removes %s, too", (name) => {
    const lines = [
      { seq: 1, time: "t", run: "r", t: "done", n: 0, action: "create", owner: OWNER, skipped: false } as const,
    ];
    const memory = fold(
      NO_MEMORY,
      lines.map((line) => ({ ...line, id: `box:${name}`, answers: {} })),
    );
    const answers = { [`box:${name}`]: "box size=1" };
    expect(shown(planCase({ answers, memory }))).toEqual([`delete m/box:${name}`]);
    expect(queriesOf("m", OWNER, [], memory, shelvesOf(boxType()))).toEqual([{ kind: "box", arg: name }]);
  });

  test("removes what is half gone, of which no fields tell what it stands on", () => {
    const shelves = shelvesOf(
      boxType({ spec: (_name, { size }) => (size === "" ? { size: null as never } : { size }) }),
    );
    const answers = { "box:torn": "box", "box:whole": "box size=1" };
    const result = planCase({ answers, memory: owned("box:torn", "box:whole"), shelves });
    expect(shown(result)).toEqual(["delete m/box:torn", "delete m/box:whole"]);
  });

  test("leaves alone what was found, and what a place brought unless purged and unused by others", () => {
    const mine = { owner: OWNER, run: "r" };
    const memory = { owned: { "box:found": [{ ...mine, found: true }], "box:engine": [{ ...mine, brought: true }] } };
    const answers = { "box:found": "box size=1", "box:engine": "box size=1" };
    const shelves = shelvesOf(boxType({ sharing: "shared" }));
    expect(shown(planCase({ answers, memory, shelves }))).toEqual([]);
    expect(shown(planCase({ answers, memory, shelves, purge: true }))).toEqual(["delete m/box:engine"]);
    const shared = { owned: { ...memory.owned, "box:theirs": [{ owner: "you/production", run: "q" }] } };
    expect(shown(planCase({ answers, memory: shared, shelves, purge: true }))).toEqual([]);
  });

  describe("with two stacks on a machine", () => {
    const mine = { owner: OWNER, run: "r" };
    const theirs = { owner: "you/production", run: "q" };
    const shelves = shelvesOf(boxType({ sharing: "shared" }));
    const answers = { "box:a": "box size=1", "box:engine": "box size=1", "box:tool": "box size=1" };
    const [ours, others] = [
      { ...mine, brought: true },
      { ...theirs, brought: true },
    ];

    test("takes for another user of the machine only who has something of their own there", () => {
      const purged = (tool: Owned) =>
        shown(planCase({ answers, memory: { owned: { "box:engine": [ours], "box:tool": [tool] } }, purge: true }));
      expect(purged({ ...theirs, found: true })).toEqual(["delete m/box:engine"]);
      expect(purged(theirs)).toEqual([]);
    });

    test("takes what was brought with the last of them, for whomever it was", () => {
      const memory = { owned: { "box:engine": [others], "box:tool": [ours, others] } };
      expect(shown(planCase({ answers, memory, shelves, purge: true })).sort()).toEqual([
        "delete m/box:engine",
        "delete m/box:tool",
      ]);
      expect(shown(planCase({ answers, memory, shelves }))).toEqual([]);
    });

    test("owns together with them what they made and we use, once", () => {
      const resources = [box("a", "1")];
      const result = planCase({ resources, answers, shelves, memory: { owned: { "box:a": [theirs] } } });
      expect(shown(result)).toEqual(["update m/box:a"]);
      expect(result.plan.changes[0]).toMatchObject({
        diff: [{ path: "owners", from: "you/production", to: "you/production, me/production" }],
        steps: [],
        from: { "box:a": "box size=1" },
        to: { "box:a": "box size=1" },
      });
      const both = { owned: { "box:a": [theirs, mine] } };
      expect(shown(planCase({ resources, answers, shelves, memory: both }))).toEqual([]);
      const brought = { resources: [{ ...box("a", "1"), brought: true }], answers, shelves };
      expect(shown(planCase({ ...brought, memory: { owned: { "box:a": [others] } } }))).toEqual([]);
      expect(shown(planCase({ ...brought, memory: { owned: { "box:a": [theirs] } } }))).toEqual(["update m/box:a"]);
    });

    test("leaves to them what we let go", () => {
      const result = planCase({ answers, shelves, memory: { owned: { "box:a": [mine, theirs] } } });
      expect(result.plan.changes).toMatchObject([
        { action: "delete", steps: [], to: { "box:a": "box size=1" }, notes: ["it stays: you/production has it, too"] },
      ]);
      const found = { owned: { "box:a": [mine, { ...theirs, found: true }] } };
      expect(planCase({ answers, shelves, memory: found }).plan.changes[0]?.to).toEqual({ "box:a": "absent" });
    });
  });

  test("takes away what was made for all stacks with the last of them", () => {
    const shelves = shelvesOf(boxType({ sharing: "shared", found: () => [{ name: "base" }] }));
    const answers = { "box:base": "box size=1" };
    expect(shown(planCase({ answers, shelves }))).toEqual([]);
    expect(shown(planCase({ answers, shelves, purge: true }))).toEqual(["delete m/box:base"]);
    const memory = { owned: { "box:theirs": [{ owner: "you/production", run: "q" }] } };
    expect(shown(planCase({ answers, memory, shelves, purge: true }))).toEqual([]);
  });

  test("refuses what is foreign, unless it is adopted", () => {
    const given = { resources: [box("a", "2")], answers: { "box:a": "box size=1" } };
    expect(planCase(given).problems).toMatchObject([
      { code: "FOREIGN", id: "m/box:a", hint: expect.stringContaining("drover adopt m/box:a") },
    ]);
    const adopted = planCase({ ...given, adopt: ["m/box:a"] });
    expect(shown(adopted)).toEqual(["update m/box:a"]);
    expect(adopted.plan.records).toEqual([{ kind: "adopt", owner: OWNER, id: "box:a" }]);
  });

  describe("a thing of others of which only something is set", () => {
    const shelves = shelvesOf(boxType({ asFound: ({ size }) => size === "2" }));
    const small = { "box:a": "box size=1" };
    const mine = { owner: OWNER, run: "r" };
    const theirs = { owner: "you/production", run: "q" };
    const plan = (
      resources: Resource[],
      answers: Readonly<Record<string, string>>,
      owners: readonly Owned[] = [],
      adopt: string[] = [],
    ) => planCase({ resources, answers, shelves, adopt, memory: { owned: { "box:a": owners } } });

    test("is used as found, there already or still to come, this time and the next", () => {
      expect(plan([box("a", "2")], small).plan.changes).toMatchObject([{ action: "update", found: true }]);
      expect(plan([box("a", "2")], {}).plan.changes).toMatchObject([{ action: "create", found: true }]);
      const again = plan([box("a", "2")], small, [{ ...mine, found: true }]);
      expect(again.plan.changes).toMatchObject([{ action: "update", found: true }]);
    });

    test("stays ours where we made it, and goes then", () => {
      const [change] = plan([box("a", "2")], small, [mine]).plan.changes;
      expect([change?.action, change?.found]).toEqual(["update", undefined]);
      expect(plan([], small, [mine]).plan.changes).toMatchObject([{ action: "delete", to: { "box:a": "absent" } }]);
    });

    test("is not ours for that: the whole of it is wanted only with consent", () => {
      expect(plan([box("a", "3")], small, [{ ...mine, found: true }]).problems).toMatchObject([{ code: "FOREIGN" }]);
      const adopted = plan([box("a", "2")], small, [], ["m/box:a"]);
      expect(adopted.plan.records).toEqual([{ kind: "adopt", owner: OWNER, id: "box:a" }]);
      expect(adopted.plan.changes[0]?.found).toBeUndefined();
    });

    test.each([
      ["made it", theirs],
      ["set something of it, too", { ...theirs, found: true }],
    ])("is refused where another stack %s", (_how, other) => {
      for (const size of ["2", "3"]) {
        const { problems } = plan([box("a", size)], small, [{ ...mine, found: true }, other]);
        expect(problems).toMatchObject([{ code: "CONFLICT", message: expect.stringContaining("you/production") }]);
      }
    });

    test("is let go of as it is when it leaves the file, whatever became of it, and then is anybody's", () => {
      for (const answers of [small, {}, { "box:a": "unknown why=rights" }]) {
        const { plan: last, problems } = plan([], answers, [{ ...mine, found: true }]);
        expect(problems).toEqual([]);
        expect(last.changes).toMatchObject([
          { action: "delete", steps: [], from: {}, to: {}, notes: [expect.stringContaining("it stays as it is")] },
        ]);
      }
      const id = "box:a";
      const facts = { n: 0, id, owner: OWNER, found: true } as const;
      const line = { time: "t", run: "r", skipped: true, answers: {}, t: "done" } as const;
      const before = fold(NO_MEMORY, [{ ...line, ...facts, seq: 1, action: "update" }]);
      expect(before.owned[id]).toEqual([{ owner: OWNER, run: "r", found: true }]);
      expect(fold(before, [{ ...line, ...facts, seq: 2, action: "delete" }]).owned).toEqual({});
    });
  });

  test("names both stacks when they want the same thing", () => {
    const result = planCase({ resources: [box("a", "2")], answers: { "box:a": "box size=1 owner=you/production" } });
    expect(result.problems).toMatchObject([
      { code: "CONFLICT", message: expect.stringMatching(/you\/production.*me\/production/) },
    ]);
  });

  test("uses what is there of a shared type, and notes it as found", () => {
    const shelves = shelvesOf(boxType({ sharing: "shared" }));
    const result = planCase({ resources: [box("a", "2")], answers: { "box:a": "box size=1" }, shelves });
    expect(result.problems).toEqual([]);
    expect(result.plan.changes[0]).toMatchObject({ action: "update", found: true });
  });

  test("takes unknown for unknown, never for absent", () => {
    const result = planCase({ resources: [box("a", "1")], answers: { "box:a": "unknown why=rights" } });
    expect(shown(result)).toEqual([]);
    expect(result.problems).toMatchObject([{ code: "UNKNOWN_STATE", message: expect.stringContaining("rights") }]);
  });

  test("plans the second on what the first will leave", () => {
    const seen: string[] = [];
    const follow = boxType({
      type: "label",
      plan(_name, _spec, _seen, context) {
        seen.push(context.answers.get("box:a") ?? "");
        return noop();
      },
    });
    const resources = [box("l", "1", { type: "label", needs: ["m/box:a"] }), box("a", "7")];
    planCase({ resources, shelves: shelvesOf(boxType(), follow) });
    expect(seen).toEqual(["box size=7"]);
  });
});

describe("a rollout", () => {
  const labelled = boxType({
    found: (answers) =>
      [...answers]
        .filter(([key, answer]) => key.startsWith("box:") && parseAnswer(answer).fields["group"] !== undefined)
        .map(([key, answer]) => ({
          name: key.slice(4),
          owner: OWNER,
          app: "web",
          group: parseAnswer(answer).fields["group"] ?? "",
        })),
    pause: (name) => ({
      action: "update",
      diff: [],
      steps: [],
      from: { [`box:${name}`]: "box size=1" },
      to: { [`box:${name}`]: `stopped size=1 owner=${OWNER}` },
    }),
  });
  const shelves = shelvesOf(labelled, boxType({ type: "route" }));
  const answers = { "box:old": `box size=1 owner=${OWNER} group=web`, "route:r": `box size=1 owner=${OWNER}` };
  const wanted = (stopFirst: boolean) => [
    box("r", "2", { type: "route", app: "web", rollout: { group: "web", role: "switch" } }),
    box("new", "1", { app: "web", rollout: { group: "web", role: "new", stopFirst } }),
  ];

  test("leaves alone what was forgotten, although its label still says ours", () => {
    const memory = { forgotten: { "box:old": [OWNER] } };
    expect(shown(planCase({ answers, shelves, memory }))).toEqual([]);
    expect(shown(planCase({ answers, shelves }))).toEqual(["delete m/box:old"]);
  });

  test("starts the new, switches, and removes the old", () => {
    const result = planCase({ resources: wanted(false), answers, shelves });
    expect(shown(result)).toEqual(["create m/box:new", "update m/route:r", "delete m/box:old"]);
    expect(result.plan.changes.map((change) => change.rollout?.role)).toEqual(["new", "switch", "old"]);
  });

  test("stops the old first where a volume is exclusive, and removes it last", () => {
    const result = planCase({ resources: wanted(true), answers, shelves });
    expect(shown(result)).toEqual([
      "update m/box:old#pause",
      "create m/box:new",
      "update m/route:r",
      "delete m/box:old",
    ]);
  });
});
