import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("what is generated is not stale", () => {
  const ran = spawnSync(process.execPath, [join(ROOT, "scripts/generate.ts"), "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(ran.stdout + ran.stderr).toBe("");
  expect(ran.status).toBe(0);
}, 120_000);
