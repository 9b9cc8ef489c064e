import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["prot", ["port", "place", "source"], "port"],
    ["domain", ["domains", "drain"], "domains"],
    ["healt", ["health"], "health"],
    ["deploi", ["deploy", "down"], "deploy"],
    ["xyz", ["port", "place"], undefined],
    ["", ["port"], undefined],
    ["net_bind", ["NET_ADMIN", "NET_BIND_SERVICE"], "NET_BIND_SERVICE"],
    ["allow", ["allow-delete", "allow-stale"], undefined],
  ])("%s of %j is %s", (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it("counts a swap of neighbours as one", () => {
    expect(editDistance("prot", "port")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
