import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { command, file } from "../../src/index.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import { providers, resources as shelf } from "../../src/registry.ts";

/** What each change left was proven in its turn: that it is so at the end, too, is looked at once more. */
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-look-after-"));
  process.env["DROVER_STATE"] = join(folder, "state");
  process.env["DROVER_RUN"] = join(folder, "run");
});
afterEach(() => {
  delete process.env["DROVER_STATE"];
  delete process.env["DROVER_RUN"];
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

test("what a later change of the run spoils is a failure that names it; the inventory follows the look", async () => {
  const path = join(folder, "notes");
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const spoil = { run: ["sh", "-c", `echo more >>${path}`], check: ["grep", "-q", "more", path] };
  const written = {
    ...{ id: "look-after-5d1a", name: "look-after", machines: { here: { provider: "local" } } },
    resources: {
      here: [file(path, { content: "one\n", owner }), command("spoil", spoil, { needs: [`file:${path}`] })],
    },
  };
  const checked = validate(written, { schemas: schemasOf(shelf, providers), folder: "/", environment: "test" });
  if (!("stack" in checked)) throw new Error(JSON.stringify(checked.faults));
  await using drover = createDrover();
  const options = { signal: AbortSignal.timeout(120_000), secrets: () => undefined, emit: () => undefined };
  const plan = await drover.plan(checked.stack, options);
  const outcome = await drover.apply(checked.stack, plan, { ...options, allowDelete: false, command: "up" });
  expect(outcome.ok).toBe(false);
  expect(outcome.failures).toMatchObject([{ machine: "here", id: `file:${path}`, code: "NOT_CONVERGED" }]);
  expect(outcome.failures[0]?.message).toContain("and the plan promised file mode=644");
  await expect.poll(() => existsSync(join(folder, "state/inventory")), { timeout: 60_000 }).toBe(true);
});
