import { expect, test } from "vitest";
import { Again, bootAtHand } from "../../src/engine/again.ts";
import { DroverError, type ErrorCode } from "../../src/lib/error.ts";
import type { Change } from "../../src/model/change.ts";
import type { JournalLine } from "../../src/model/journal.ts";
import type { Program } from "../../src/model/program.ts";
import type { Step } from "../../src/model/step.ts";

const change = (name: string, steps: readonly Step[]): Change => ({
  ...{ id: `m/t:${name}`, type: "t", name, on: "m", action: "update", diff: [], from: {}, to: {}, needs: [] },
  steps,
});
const program: Program = {
  id: "r",
  header: { owner: "o", stack: "s", by: "me", command: "up", machine: "m", machines: {} },
  segments: [
    { items: [{ kind: "changes", changes: [change("a", [])] }] },
    { items: [{ kind: "changes", changes: [change("b", [{ kind: "exec", argv: ["reboot"], reboots: 90 }])] }] },
  ],
};
const line = (t: string, n: number): JournalLine => ({ seq: n, time: "", run: "r", t, n }) as unknown as JournalLine;
const problem = (code: ErrorCode): DroverError => new DroverError(code, "it is gone");

test("a boot is at hand from its start to its end", () => {
  const at = (...lines: JournalLine[]) => bootAtHand(program, lines);
  expect(at()).toBeUndefined();
  expect(at(line("start", 0))).toBeUndefined();
  expect(at(line("done", 0), line("start", 1))).toBe(90);
  expect(at(line("start", 1), line("waiting", 0))).toBe(90);
  expect(at(line("start", 1), line("done", 1))).toBeUndefined();
  expect(at(line("start", 1), line("failed", 1))).toBeUndefined();
});

test("a lost link is taken up five times, each later than the one before; anything else is not", () => {
  const again = new Again();
  const tries = Array.from({ length: 6 }, () => again.next(program, [], problem("UNREACHABLE"))?.after);
  expect(tries).toEqual([1000, 2000, 3000, 4000, 5000, undefined]);
  for (const code of ["RIGHTS", "STEP_FAILED", "LOCKED"] as const) {
    expect(new Again().next(program, [], problem(code))).toBeUndefined();
  }
});

test("while it boots it is looked for anew as long as that may take, and said once; what is no part of a boot ends it", () => {
  let now = 0;
  const again = new Again({ now: () => now, sleep: async () => {} });
  const lines = [line("start", 1)];
  const first = again.next(program, lines, problem("UNREACHABLE"));
  expect(first).toMatchObject({ isBooting: true, says: expect.stringContaining("90 s") });
  for (const code of ["UNREACHABLE", "STEP_FAILED", "RIGHTS"] as const) {
    now += 20_000;
    expect(again.next(program, lines, problem(code))).toEqual({ after: 2000, isBooting: true });
  }
  expect(again.next(program, lines, problem("HOST_KEY"))).toBeUndefined();
  now += 30_000;
  expect(again.next(program, lines, problem("UNREACHABLE"))).toBeUndefined();
});
