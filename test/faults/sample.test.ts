import { expect, test } from "vitest";
import { allPoints, parsePoint, pointText } from "./point.ts";
import { kindOf, modeOf, randomFrom, sample } from "./sample.ts";

const counts = { lines: 3, exchanges: 2, chunks: 1 };

test("every point of an up, each read back from its text", () => {
  const points = allPoints(counts);
  const texts = points.map(pointText);
  expect(texts).toHaveLength(3 * 3 + 2 * (3 * 2 + 1) + 3);
  expect(texts).toEqual(expect.arrayContaining(["runner:before:1", "runner:after:3:newer", "link:stream:1"]));
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.map(parsePoint)).toEqual(points);
});

test.each([
  "",
  "runner",
  "runner:stream:1",
  "host:before:1",
  "runner:before:0",
  "client:after:1:older",
  "client:within:1",
])("%j is refused as a point", (text) => expect(() => parsePoint(text)).toThrow("is no point"));

test("a sample has one of each kind before a second of any, and the seed decides it", () => {
  const points = allPoints(counts);
  const kinds = new Set(points.map(kindOf)).size;
  const first = sample(points, kinds + 2, randomFrom(7));
  expect(new Set(first.slice(0, kinds).map(kindOf)).size).toBe(kinds);
  expect(new Set(first.map(pointText)).size).toBe(kinds + 2);
  expect(sample(points, kinds + 2, randomFrom(7))).toEqual(first);
  expect(sample(points, kinds + 2, randomFrom(8))).not.toEqual(first);
  expect(sample(points, 1000, randomFrom(1))).toHaveLength(points.length);
});

test("the mode is all of it unless said otherwise", () => {
  expect([undefined, "", "all"].map(modeOf)).toEqual(Array(3).fill({ kind: "all" }));
  expect(modeOf("sample")).toEqual({ kind: "sample" });
  expect(modeOf("runner:before:17, link:after:2")).toEqual({
    kind: "these",
    texts: ["runner:before:17", "link:after:2"],
  });
});
