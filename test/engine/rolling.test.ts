import { describe, expect, it } from "vitest";
import { batchSize, inBatches, type Lane, type Rolling } from "../../src/engine/rolling.ts";

const lane = (machines: string, size: number, maxFailures = 0): Lane => ({
  name: "web",
  machines: machines.split(" "),
  size,
  maxFailures,
});

/** Machines that fail, by name; what began, in its order, with how many were under way then. */
async function roll(machines: string, rolling: Partial<Rolling>, failing = "") {
  const log: string[] = [];
  const said: string[] = [];
  let open = 0;
  const outcomes = await inBatches<string>(
    machines.split(" "),
    { lanes: [], needs: new Map(), ...rolling },
    {
      work: async (machine) => {
        open += 1;
        log.push(`${machine}:${open}`);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return failing.split(" ").includes(machine) ? `${machine} failed` : `${machine} ok`;
      },
      isFailed: (outcome) => outcome.endsWith("failed"),
      leave: (machine, why) => `${machine} left: ${why}`,
      say: (text) => void said.push(text),
    },
  );
  return { log, outcomes, said };
}

describe("inBatches", () => {
  it("begins all at once where nothing else is said", async () => {
    expect((await roll("a b c", {})).log).toEqual(["a:1", "b:2", "c:3"]);
  });

  it("goes on with the next batch when one is done, and says so", async () => {
    const ran = await roll("a b c x", { lanes: [lane("a b c", 2)] });
    expect(ran.log).toEqual(["x:1", "a:2", "b:3", "c:1"]);
    expect(ran.outcomes).toEqual(["a ok", "b ok", "c ok", "x ok"]);
    expect(ran.said).toEqual(["web: a, b (0 of 3 done)", "web: c (2 of 3 done)"]);
  });

  it("begins no further batch when too many failed; others go on", async () => {
    const lanes = [lane("a b c", 1), { ...lane("d e", 1), name: "db" }];
    const ran = await roll("a b c d e", { lanes }, "a");
    const why = "1 of web failed, and none may";
    expect(ran.outcomes).toEqual(["a failed", `b left: ${why}`, `c left: ${why}`, "d ok", "e ok"]);
  });

  it("lets as many fail as may", async () => {
    const ran = await roll("a b c d", { lanes: [lane("a b c d", 1, 1)] }, "a c");
    expect(ran.outcomes).toEqual(["a failed", "b ok", "c failed", "d left: 2 of web failed, and 1 may"]);
  });

  it("takes along what a machine waits for, also round about and from another lane", async () => {
    const needs = new Map([
      ["a", ["d"]],
      ["d", ["a", "y"]],
    ]);
    const lanes = [lane("a b c d", 1), { ...lane("x y", 1), name: "db" }];
    const ran = await roll("a b c d x y", { lanes, needs });
    expect(ran.log.map((entry) => entry.slice(0, 1))).toEqual(["a", "d", "y", "x", "b", "c"]);
    expect(ran.outcomes.every((outcome) => outcome.endsWith("ok"))).toBe(true);
  });
});

it.each([
  [2, 10, 2],
  ["25%", 10, 2],
  ["1%", 10, 1],
  ["100%", 3, 3],
] as const)("a batch of %s out of %i has %i", (batch, machines, size) => {
  expect(batchSize(batch, machines)).toBe(size);
});
