import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

import * as library from "../../src/index.ts";

const ROOT = join(import.meta.dirname, "../..");

it("what is generated is not stale", () => {
  const ran = spawnSync(process.execPath, [join(ROOT, "scripts/generate.ts"), "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(ran.stdout + ran.stderr).toBe("");
  expect(ran.status).toBe(0);
}, 120_000);

it("the reference says of every field what it is", () => {
  const text = readFileSync(join(ROOT, "docs/config.md"), "utf8");
  expect(text.split("\n").filter((line) => /^\| `.*\| +\|$/.test(line))).toEqual([]);
});

it("the types name what the library exports, no more and no less", () => {
  const types = readFileSync(join(ROOT, "src/cli/types/drover.d.ts"), "utf8");
  const functions = [...types.matchAll(/^ {2}export function (\w+)/gm)].map((match) => match[1]);
  expect([...new Set(functions)].sort()).toEqual(Object.keys(library).sort());
});
