import { describe, expect, test } from "vitest";
import { planHosts } from "../../src/engine/host-plan.ts";
import type { HostInput } from "../../src/engine/host-result.ts";
import { programOf } from "../../src/engine/program.ts";
import { refine } from "../../src/engine/refine.ts";
import type { Change } from "../../src/model/change.ts";
import { NO_MEMORY } from "../../src/model/journal.ts";
import type { Resource } from "../../src/model/resource.ts";
import { box, boxType, OWNER, shelvesOf } from "./toys.ts";

/** A box whose size is an output, and a tank whose `to` says that its level is known after apply. */
const shelves = shelvesOf(
  boxType({ outputs: (_name, state) => ({ size: state.size }) }),
  boxType({
    type: "tank",
    outputs: (_name, state) => ({ level: state.size }),
    plan: (name, spec, seen) => ({
      ...{ action: seen.kind === "present" || spec === undefined ? "noop" : "create", diff: [], steps: [] },
      ...{ from: {}, to: seen.kind === "present" ? {} : { [`tank:${name}`]: "box size=*" } },
    }),
  }),
);

function host(machine: string, resources: Resource[], answers: Record<string, string> = {}): HostInput {
  const on = resources.map((one) => ({ ...one, on: machine, id: `${machine}/${one.type}:${one.name}` }));
  return {
    ...{ machine, machineId: machine, owner: OWNER, memory: NO_MEMORY, shelves, purge: false, adopt: new Set() },
    desired: { resources: on, builds: [], releases: [], records: [], urls: [], notes: [] },
    answers: new Map(Object.entries({ "fact:address": `10.0.0.${machine.length}`, ...answers })),
  };
}

const refers = (name: string, ref: string, output: string, before = ""): Resource => ({
  ...box(name, "0"),
  spec: { size: before === "" ? { ref, output } : { concat: [before, { ref, output }] } },
});
const changesOf = (inputs: HostInput[]): Change[] => planHosts(inputs).flatMap(({ plan }) => [...plan.changes]);
const problemsOf = (inputs: HostInput[]) => planHosts(inputs).flatMap(({ problems }) => problems);

describe("references to outputs", () => {
  test("an output that the plan knows is planned exactly, whatever the order in the file", () => {
    const changes = changesOf([host("m", [refers("b", "box:a", "size", "twice-"), box("a", "7")])]);
    expect(changes.map(({ id, to, needs, pending }) => ({ id, to, needs, pending }))).toEqual([
      { id: "m/box:a", to: { "box:a": "box size=7" }, needs: [], pending: undefined },
      { id: "m/box:b", to: { "box:b": "box size=twice-7" }, needs: ["m/box:a"], pending: undefined },
    ]);
  });

  test("a machine's facts are its outputs, also from another machine", () => {
    const inputs = [host("m", [refers("b", "other", "address")]), host("other", [])];
    expect(changesOf(inputs)).toMatchObject([{ id: "m/box:b", to: { "box:b": "box size=10.0.0.5" } }]);
  });

  test("what is known after apply is said so, runs nothing yet, and cuts the program", () => {
    const tank: Resource = { ...box("t", "1", { type: "tank" }) };
    const [result] = planHosts([host("m", [refers("b", "tank:t", "level", "at-"), tank])]);
    const [first, second] = result?.plan.changes ?? [];
    expect(first?.id).toBe("m/tank:t");
    expect(second).toMatchObject({
      ...{ id: "m/box:b", needs: ["m/tank:t"], steps: [], to: { "box:b": "box size=*" } },
      diff: [{ path: "size", from: "", to: "*" }],
      pending: { size: { concat: ["at-", { ref: "tank:t", output: "level" }] } },
    });
    if (result === undefined) throw new Error("no plan");
    const header = { owner: OWNER, stack: "s", by: "t", command: "up", machine: "m", machines: {} };
    const { segments } = programOf(result.plan, "r", header, shelves);
    expect(segments.map(({ held, items }) => [held === true, items.length])).toEqual([
      [false, 1],
      [true, 1],
    ]);
  });

  const pending = (to: string): Change => ({
    ...{ id: "m/box:b", type: "box", name: "b", on: "m", needs: [], action: "create", diff: [], steps: [] },
    ...{ from: { "box:b": "absent" }, to: { "box:b": to }, pending: { size: { ref: "tank:t", output: "level" } } },
  });
  const now = (level: string) => {
    const answers = new Map([
      ["tank:t", level],
      ["box:b", "absent"],
    ]);
    return { owner: OWNER, shelves, views: new Map([["m", answers]]) };
  };

  test("when it is known, the change is planned once more, within what was shown", () => {
    const refined = refine("m", pending("box size=*"), now("box size=3"));
    if (typeof refined === "string") throw new Error(refined);
    expect(refined).toMatchObject({
      steps: [{ argv: ["make", "b", "3"] }],
      to: { "box:b": "box size=3" },
      from: { "box:b": "absent" },
    });
    expect(refined.pending).toBeUndefined();
  });

  test("more than was shown stops as stale; what is not known after all is said", () => {
    expect(() => refine("m", pending("box size=4"), now("box size=3"))).toThrow(/box:b would become box size=3/);
    expect(refine("m", pending("box size=*"), now("absent"))).toBe(
      "it refers to level of tank:t, which is not known: that is not there, or could not be read",
    );
  });

  test("across machines the order is one: nobody waits for somebody who waits for him", () => {
    const inputs = [
      host("m", [refers("last", "other/box:middle", "size"), box("first", "1")]),
      host("other", [refers("middle", "m/box:first", "size")]),
    ];
    const changes = changesOf(inputs);
    expect(changes.map(({ id, needs }) => [id, needs])).toEqual([
      ["m/box:first", []],
      ["m/box:last", ["other/box:middle"]],
      ["other/box:middle", ["m/box:first"]],
    ]);
    expect(changes.map(({ to }) => Object.values(to)[0])).toEqual(["box size=1", "box size=1", "box size=1"]);
  });

  test("a change on another machine that is already so is not waited for", () => {
    const other = host("other", [box("a", "2")], { "box:a": `box size=2 owner=${OWNER}` });
    expect(changesOf([host("m", [refers("b", "other/box:a", "size")]), other])).toMatchObject([
      { id: "m/box:b", needs: [], to: { "box:b": "box size=2" } },
    ]);
  });

  test("cycles across machines are named", () => {
    const inputs = [host("m", [refers("a", "other/box:b", "size")]), host("other", [refers("b", "m/box:a", "size")])];
    expect(() => planHosts(inputs)).toThrow(/need each other: m\/box:a -> other\/box:b -> m\/box:a/);
  });

  test("what is not there is refused: a resource, an output, a fact, a machine", () => {
    expect(() => planHosts([host("m", [refers("a", "box:bb", "size"), box("b", "1")])])).toThrow(
      /m\/box:a refers to m\/box:bb, which is not in this run/,
    );
    expect(problemsOf([host("m", [refers("a", "box:b", "weight"), box("b", "1")])])).toMatchObject([
      { code: "CONFIG_INVALID", message: expect.stringMatching(/no output weight of box:b: box:b has size/) },
    ]);
    expect(problemsOf([host("m", [refers("a", "m", "colour")])])).toMatchObject([
      { message: expect.stringMatching(/no output colour of m: a machine has address/) },
    ]);
    expect(problemsOf([host("m", [refers("a", "gone", "address")])])).toMatchObject([
      { message: expect.stringMatching(/that machine is left out/) },
    ]);
  });
});
