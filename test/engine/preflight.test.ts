import { expect, test } from "vitest";
import type { Observation } from "../../src/engine/observe.ts";
import { preflight } from "../../src/engine/preflight.ts";
import type { Change } from "../../src/model/change.ts";
import { NO_MEMORY } from "../../src/model/journal.ts";
import type { Step } from "../../src/model/step.ts";
import { boxType, shelvesOf } from "./toys.ts";

const shelves = shelvesOf(boxType(), boxType({ type: "crate", bulky: true }));

function told(free: number, ...changes: Partial<Change>[]): string[] {
  const base = {
    id: "m/box:a",
    type: "box",
    name: "a",
    on: "m",
    action: "create",
    diff: [],
    steps: [],
    needs: [],
  } as const;
  const plan = {
    ...{ machine: "m", machineId: "1", unchanged: 0, builds: [], releases: [], records: [], urls: [] },
    changes: changes.map((change): Change => ({ ...base, from: {}, to: {}, ...change })),
  };
  const facts = { "disk-mb": String(free), arch: "x64", uid: "0" };
  const answers = new Map(Object.entries(facts).map(([name, value]) => [`fact:${name}`, value]));
  const seen: Observation = { answers, memory: NO_MEMORY, lines: [], holder: undefined };
  return preflight(plan, seen, shelves).map(({ message }) => message);
}

const write = (bytes: number): Step[] => [
  { kind: "write", path: "/a", content: { concat: ["x".repeat(bytes), { secret: "PW" }] }, mode: "0644" },
];

test("where only files change, the room that they and the journal take has to be free", () => {
  expect(told(16, {})).toEqual([]);
  expect(told(15, {})).toEqual(["m: only 15 MB of disk are free, 16 are needed"]);
  expect(told(26, { steps: write(5 * 2 ** 20) })).toEqual(["m: only 26 MB of disk are free, 27 are needed"]);
  expect(told(27, { steps: write(5 * 2 ** 20) })).toEqual([]);
  const kept: Step[] = [{ kind: "write", path: "/a", content: { kept: "0" }, mode: "0644" }];
  expect(told(16, { steps: kept })).toEqual([]);
});

test("what may be large needs more; what goes does not", () => {
  expect(told(499, {}, { type: "crate" })).toEqual(["m: only 499 MB of disk are free, 500 are needed"]);
  expect(told(500, {}, { type: "crate" })).toEqual([]);
  expect(told(16, {}, { type: "crate", action: "delete" })).toEqual([]);
});

test("where nothing changes, nothing is needed", () => {
  expect(told(0)).toEqual([]);
});
