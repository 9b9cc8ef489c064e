import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { test } from "vitest";
import { type Available, requirement } from "../machines/index.ts";

const programs = ["haproxy", "socat", "wrk", "strace", "dash", "bash", "busybox"];

/** `test`, where a router can run: as root, with HAProxy and what the tests look at it with. */
export const routerTest = test.skipIf(await requirement("the router's tests", requireRouter));

async function requireRouter(): Promise<Available> {
  if (process.platform !== "linux") return { ok: false, why: "the router runs on Linux" };
  if (process.getuid?.() !== 0) return { ok: false, why: "not root" };
  const found = await Promise.all(programs.map(isInstalled));
  const missing = programs.filter((_, index) => found[index] !== true);
  return missing.length === 0 ? { ok: true } : { ok: false, why: `missing: ${missing.join(", ")}` };
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
