import { expect, test } from "vitest";
import type { AnswerMap } from "../answer.ts";
import { setAnswers } from "./view.ts";

const FILE = "file mode=600 owner=root:root";
const seen: AnswerMap = {
  "path:/a": `${FILE} sha256=abc`,
  "entry:/a": FILE,
  "path:/b": "absent",
  "entry:/b": "absent",
};

function after(to: AnswerMap, before: AnswerMap = seen): AnswerMap {
  const view = new Map(Object.entries(before));
  setAnswers(view, to);
  return Object.fromEntries(view);
}

test("a path that goes is gone under both of its keys, by whichever it is promised", () => {
  const gone = { ...seen, "path:/a": "absent", "entry:/a": "absent" };
  expect(after({ "path:/a": "absent" })).toEqual(gone);
  expect(after({ "entry:/a": "absent" })).toEqual(gone);
});

test("one that comes with its digest is there without it, too; a digest is not made up", () => {
  expect(after({ "path:/b": `${FILE} sha256=def` })).toMatchObject({ "entry:/b": FILE });
  expect(after({ "entry:/b": FILE })).toMatchObject({ "entry:/b": FILE, "path:/b": "absent" });
});

test("what nobody asked about stays unknown, and what is promised itself is taken as it is", () => {
  expect(after({ "path:/c": FILE })).not.toHaveProperty("entry:/c");
  expect(after({ "path:/a": "absent", "entry:/a": FILE })).toMatchObject({ "path:/a": "absent", "entry:/a": FILE });
  expect(after({ "service:/a": "absent" })).toEqual({ ...seen, "service:/a": "absent" });
});
