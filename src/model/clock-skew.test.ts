import { expect, test } from "vitest";
import { clockNotes } from "./clock-skew.ts";

const now = 1_800_000_000_000;
const at = (seconds: number) => new Map([["fact:time", String(1_800_000_000 + seconds)]]);

test("a clock that is off is told with how much, either way; one that is nearly right, or was not read, is not", () => {
  const seen = new Map([
    ...([["right", at(100)] as const, ["ahead", at(7 * 60)] as const, ["behind", at(-5 * 3600)] as const] as const),
    ["unread", new Map<string, string>()] as const,
  ]);
  expect(clockNotes(seen, now)).toEqual([
    "ahead: its clock is 7 minutes off; nothing is decided by it, but times in its journal are wrong",
    "behind: its clock is 5 hours off; nothing is decided by it, but times in its journal are wrong",
  ]);
});
