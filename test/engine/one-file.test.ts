import { describe, expect, test } from "vitest";
import { box, boxType, OWNER, planCase, shelvesOf } from "./toys.ts";

const path = (name: string): string => `/etc/${name}`;
const crates = boxType({ type: "crate", path });
const shelves = shelvesOf(boxType({ path }), crates);
const crate = (name: string) => ({ ...box(name, "1"), id: `m/crate:${name}`, type: "crate" });

describe("two things that are the same file", () => {
  test("are refused in one stack, with both names and the path", () => {
    expect(() => planCase({ resources: [box("a", "1"), box("b", "1"), crate("a")], shelves })).toThrow(
      "m/box:a and m/crate:a are both the file /etc/a",
    );
  });

  test("may be, where one of them only sets something of what is there", () => {
    const asFound = shelvesOf(boxType({ path, asFound: () => true }), crates);
    const answers = { "box:a": "box size=1" };
    expect(planCase({ resources: [box("a", "1"), crate("a")], answers, shelves: asFound }).problems).toEqual([]);
  });

  test.each([
    ["you/production", "box:a is there already, as crate:a of you/production", "another name"],
    [OWNER, "box:a is there already, as crate:a of this stack", "drover forget m/crate:a, then drover adopt m/box:a"],
  ])("are a conflict, when %s has it by another name", (owner, message, hint) => {
    const memory = { owned: { "crate:a": [{ owner, run: "q" }] } };
    const { problems } = planCase({ resources: [box("a", "1")], answers: { "box:a": "box size=1" }, memory, shelves });
    expect(problems).toMatchObject([{ code: "CONFLICT", message, hint: expect.stringContaining(hint) }]);
  });

  test("what is nobody's is foreign, as before", () => {
    const memory = { owned: { "crate:b": [{ owner: "you/production", run: "q" }] } };
    const { problems } = planCase({ resources: [box("a", "1")], answers: { "box:a": "box size=1" }, memory, shelves });
    expect(problems).toMatchObject([{ code: "FOREIGN" }]);
  });
});
