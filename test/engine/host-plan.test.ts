import { describe, expect, test } from "vitest";
import { parseAnswer } from "../../src/model/answer.ts";
import { noop } from "../../src/model/change.ts";
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

  test("removes what left the file, contents first, and only what is ours", () => {
    const nest = boxType({ spec: (name, state) => ({ ...state, ...(name === "in" ? { inside: "out" } : {}) }) });
    const answers = { "box:out": "box size=1", "box:in": "box size=1", "box:foreign": "box size=1" };
    const result = planCase({ answers, memory: owned("box:out", "box:in"), shelves: shelvesOf(nest) });
    expect(shown(result)).toEqual(["delete m/box:in", "delete m/box:out"]);
  });

  test("leaves alone what was found, and what a place brought unless purged and unused by others", () => {
    const mine = { owner: OWNER, run: "r" };
    const memory = { owned: { "box:found": [{ ...mine, found: true }], "box:engine": [{ ...mine, brought: true }] } };
    const answers = { "box:found": "box size=1", "box:engine": "box size=1" };
    expect(shown(planCase({ answers, memory }))).toEqual([]);
    expect(shown(planCase({ answers, memory, purge: true }))).toEqual(["delete m/box:engine"]);
    const shared = { owned: { ...memory.owned, "box:theirs": [{ owner: "you/production", run: "q" }] } };
    expect(shown(planCase({ answers, memory: shared, purge: true }))).toEqual([]);
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
