import { describe, expect, it } from "vitest";
import { freePrefix, someAddress } from "./network.ts";

describe("freePrefix", () => {
  it("keeps away from this machine's own addresses", () => {
    expect(freePrefix(["127.0.0.1", "192.0.2.2", "::1"])).toBe("10.213");
    expect(freePrefix(["10.213.7.9", "10.21.3.4"])).toBe("10.214");
  });
});

describe("someAddress", () => {
  it("is a host's: never the network's, the gateway's or the broadcast's", () => {
    for (let count = 0; count < 1000; count++) expect(someAddress("10.213")).toMatch(/^10\.213\.[1-9]\d*\.[1-9]\d*$/);
  });
});
