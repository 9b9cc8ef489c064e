import type { Drover, Options, PlanOptions } from "./api.ts";
import { asPlan, makePlan } from "./engine/plan.ts";
import { DroverError } from "./lib/error.ts";
import type { Plan } from "./model/plan.ts";
import { ownerOf, type Stack } from "./model/stack.ts";
import { applyPlan } from "./drover/apply.ts";
import { emptied, openContext } from "./drover/context.ts";
import { doctor } from "./drover/doctor.ts";
import { history, releases, status } from "./drover/look.ts";
import { logs } from "./drover/logs.ts";

/** The engine bound to what is on the shelves. */
export function createDrover(): Drover {
  return {
    plan,
    planDown: (stack, options) => planDown(stack, options, options.purge === true),
    planRollback,
    planOwnership,
    apply: applyPlan,
    status,
    releases,
    history,
    logs,
    doctor,
  };
}

async function plan(stack: Stack, options: PlanOptions): Promise<Plan> {
  await using context = await openContext(stack, options);
  const { planning } = context;
  const desired = { ...planning.desired, lift: options.lift === true };
  const result = await makePlan({ ...planning, desired, patience: true });
  options.emit({ event: "planned", plan: result.plan });
  return result.plan;
}

async function planDown(stack: Stack, options: Options, purge: boolean): Promise<Plan> {
  await using context = await openContext(emptied(stack), options, new Map());
  const result = await makePlan({ ...context.planning, purge, patience: true });
  options.emit({ event: "planned", plan: result.plan });
  return result.plan;
}

async function planRollback(stack: Stack, app: string, release: string | undefined, options: Options): Promise<Plan> {
  if (stack.apps[app] === undefined) {
    throw new DroverError("USAGE", `no app ${app} in the stack`, { hint: `apps: ${Object.keys(stack.apps).join(", ")}` });
  }
  await using context = await openContext(stack, options);
  const { planning } = context;
  const to = release ?? (await previousRelease(stack, app, options));
  const desired = { ...planning.desired, pin: { [app]: to } };
  const result = await makePlan({ ...planning, desired, only: [app], patience: true });
  options.emit({ event: "planned", plan: result.plan });
  return result.plan;
}

/** The newest good release before the one that runs now. */
async function previousRelease(stack: Stack, app: string, options: Options): Promise<string> {
  const all = (await releases(stack, options)).filter((entry) => entry.app === app && !entry.failed);
  const earlier = all.find((entry) => !entry.current);
  if (earlier !== undefined) return earlier.record.release;
  throw new DroverError("CONFIG_INVALID", `${app} has no earlier release to go back to`, {
    where: { app },
    hint: `drover releases ${app}`,
  });
}

/** Takes things over, or lets them go: recorded on the target, nothing is touched by letting go. */
async function planOwnership(stack: Stack, verb: "adopt" | "forget", ids: readonly string[], options: Options): Promise<Plan> {
  await using context = await openContext(stack, options);
  if (verb === "adopt") {
    const result = await makePlan({ ...context.planning, adopt: ids, only: ids, patience: true });
    return result.plan;
  }
  const result = await makePlan({ ...context.planning, forget: ids, only: ["-"], patience: true });
  const owner = ownerOf(stack);
  const hosts = result.plan.hosts.map((host) => ({
    ...host,
    records: ids
      .filter((id) => id.startsWith(`${host.machine}/`))
      .map((id) => ({ kind: "forget" as const, owner, id: id.slice(host.machine.length + 1) })),
    changes: [],
    releases: [],
    builds: [],
  }));
  return asPlan(stack, hosts, result.plan.notes, []);
}

