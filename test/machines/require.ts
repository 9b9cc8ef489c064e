/** Whether something that a suite needs is there; `why` is for the reader of the test run. */
export type Available = { ok: true } | { ok: false; why: string };

/**
 * Asks for what a suite needs. True when it is missing, after one loud line on stderr:
 * `describe.skipIf(await requirement("test hosts", requireEngine))("...", ...)`.
 * With DROVER_TEST_REQUIRE=all nothing may be missing: it throws.
 */
export async function requirement(name: string, probe: () => Promise<Available>): Promise<boolean> {
  const found = await probe();
  if (found.ok) return false;
  if (process.env["DROVER_TEST_REQUIRE"] === "all") throw new Error(`${name} is required here: ${found.why}`);
  process.stderr.write(`SKIPPED ${name}: ${found.why}\n`);
  return true;
}
