import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Outcome } from "../../src/api.ts";
import { createDrover } from "../../src/drover.ts";
import type { DeclaredInput } from "../../src/index.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Stack } from "../../src/model/stack.ts";
import { providers, resources as shelf } from "../../src/registry.ts";

/** This machine as a target with a memory of its own, anew for each test. */
export interface Here {
  /** Empty at first; the memory is in its `state`. */
  readonly folder: string;
  /** Who files are given to, so that a run without root may do so. */
  readonly owner: string;
}

const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;

export function useHere(): Here {
  const here = { folder: "", owner };
  beforeEach(() => {
    here.folder = mkdtempSync(join(tmpdir(), "drover-here-"));
    process.env["DROVER_STATE"] = join(here.folder, "state");
    process.env["DROVER_RUN"] = join(here.folder, "run");
  });
  afterEach(() => {
    delete process.env["DROVER_STATE"];
    delete process.env["DROVER_RUN"];
    rmSync(here.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  });
  return here;
}

/** A secret of any name, where a test declares one. */
export const SECRET = "canary-7c1f09";

const options = () => ({ signal: AbortSignal.timeout(120_000), secrets: () => SECRET, emit: () => undefined });

/** Plans these resources and carries the plan out; `meanwhile` comes between. */
export async function up(
  resources: readonly DeclaredInput[],
  meanwhile: () => void = () => undefined,
): Promise<{ plan: Plan; outcome: Outcome }> {
  await using drover = createDrover();
  const stack = stackOf(resources);
  const plan = await drover.plan(stack, options());
  meanwhile();
  const outcome = await drover.apply(stack, plan, { ...options(), allowDelete: false, command: "up" });
  return { plan, outcome };
}

function stackOf(resources: readonly DeclaredInput[]): Stack {
  const written = {
    ...{ id: "here-5d1a", name: "here", machines: { here: { provider: "local" } } },
    resources: { here: resources },
  };
  const checked = validate(written, { schemas: schemasOf(shelf, providers), folder: "/", environment: "test" });
  if ("stack" in checked) return checked.stack;
  throw new Error(JSON.stringify(checked.faults));
}
