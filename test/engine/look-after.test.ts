import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, file } from "../../src/index.ts";
import { up, useHere } from "./here.ts";

/** What each change left was proven in its turn: that it is so at the end, too, is looked at once more. */
const here = useHere();

test("what a later change of the run spoils is a failure that names it; the inventory follows the look", async () => {
  const path = join(here.folder, "notes");
  const spoil = { run: ["sh", "-c", `echo more >>${path}`], check: ["grep", "-q", "more", path] };
  const { outcome } = await up([
    file(path, { content: "one\n", owner: here.owner }),
    command("spoil", spoil, { needs: [`file:${path}`] }),
  ]);
  expect(outcome.ok).toBe(false);
  expect(outcome.failures).toMatchObject([{ machine: "here", id: `file:${path}`, code: "NOT_CONVERGED" }]);
  expect(outcome.failures[0]?.message).toContain("and the plan promised file mode=644");
  await expect.poll(() => existsSync(join(here.folder, "state/inventory")), { timeout: 60_000 }).toBe(true);
});
