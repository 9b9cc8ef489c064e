import { expect, it } from "vitest";
import { createMask } from "./mask.ts";

it("puts names in place of values, as they are, in JSON and line by line", () => {
  const mask = createMask();
  mask.add("KEY", 'a "quoted" value\nwith a second line\n');
  mask.add("PIN", "1234");
  expect(mask.text('x a "quoted" value\nwith a second line\n y')).toBe("x secret(KEY) y");
  expect(mask.text(JSON.stringify('a "quoted" value\nwith a second line\n'))).toBe('"secret(KEY)"');
  expect(mask.text("| with a second line")).toBe("| secret(KEY)");
  expect(mask.text("1234 is too short to be hidden")).toBe("1234 is too short to be hidden");
});

it("changes the texts within data and nothing else", () => {
  const mask = createMask();
  mask.add("KEY", "hunter2");
  const error = new Error("hunter2");
  expect(mask.data({ a: ["hunter2", 1, null], error })).toEqual({ a: ["secret(KEY)", 1, null], error });
});
