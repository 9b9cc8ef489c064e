import type { Options } from "../api.ts";
import { type Observation, observe, refuseNewer } from "../engine/observe.ts";
import { promises } from "../engine/verify.ts";
import { DroverError } from "../lib/error.ts";
import { type Answers, matches } from "../model/answer.ts";
import type { BuildRequest } from "../model/place.ts";
import type { HostPlan, Plan } from "../model/plan.ts";
import type { Context } from "./context.ts";

/**
 * A plan that was kept was made by another command: its machines are looked at before it runs. It is for the machine that it
 * was made on, whatever its key in the file leads to now.
 */
export async function lookBeforeKept(plan: Plan, context: Context, options: Options): Promise<void> {
  const unseen = plan.hosts.filter((host) => !context.seen.has(host.machine));
  await Promise.all(unseen.map((host) => lookAt(host, context, options)));
}

async function lookAt(host: HostPlan, context: Context, options: Options): Promise<void> {
  const session = await context.hosts.session(host.machine, options.signal);
  const queries = [...promises(host.changes).values()].map(({ query }) => query);
  const seen = await observe(session, queries, options.signal);
  const newer = refuseNewer(host.machine, seen.memory);
  if (newer !== undefined) throw newer;
  const now = seen.answers.get("fact:machine-id") ?? "";
  if (host.machineId !== "" && now !== host.machineId) {
    throw new DroverError("PLAN_STALE", `${host.machine} is another machine than the one that this plan was made on`, {
      where: { machine: host.machine },
      evidence: [`planned on machine-id ${host.machineId}`, `now machine-id ${now}`],
      hint: "run `drover plan` again, and look at what it would do to this machine",
    });
  }
  await refuseOtherSource(host, seen, context, options);
  context.seen.set(host.machine, seen);
}

/** What is still to be built has to be what was planned; what was built since needs no source any more. */
async function refuseOtherSource(
  host: HostPlan,
  { answers }: Observation,
  context: Context,
  options: Options,
): Promise<void> {
  const missing = host.builds.filter((build) => !isThere(build, host, answers));
  if (missing.length === 0) return;
  const sources = await context.sources(options.signal);
  for (const { app, source } of missing) {
    if (sources.get(app)?.input !== source) throw sourceMoved(app);
  }
}

function isThere({ image }: BuildRequest, { changes }: HostPlan, answers: Answers): boolean {
  const made = changes.filter((change) => change.type === "image" && change.name === image);
  return made.length > 0 && [...promises(made)].every(([key, { answer }]) => matches(answer, answers.get(key) ?? ""));
}

/** The plan names an image by what it is made from: from another source it would be another image. */
export function sourceMoved(app: string): DroverError {
  return new DroverError("PLAN_STALE", `the source of ${app} is not what this plan was made from`, {
    where: { app },
    hint: "make a new plan, or put the source back as it was",
  });
}
