import { afterEach, describe, expect, it, vi } from "vitest";
import { requirement } from "./require.ts";

describe("requirement", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("is not missing when the probe finds it", async () => {
    expect(await requirement("a thing", async () => ({ ok: true }))).toBe(false);
  });

  it("is missing, and says so in one line", async () => {
    vi.stubEnv("DROVER_TEST_REQUIRE", "");
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await requirement("a thing", async () => ({ ok: false, why: "not here" }))).toBe(true);
    expect(write.mock.calls).toEqual([["SKIPPED a thing: not here\n"]]);
  });

  it("throws where nothing may be missing", async () => {
    vi.stubEnv("DROVER_TEST_REQUIRE", "all");
    const missing = requirement("a thing", async () => ({ ok: false, why: "not here" }));
    await expect(missing).rejects.toThrow("a thing is required here: not here");
  });
});
