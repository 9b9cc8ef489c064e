import type { ApplyOptions } from "../api.ts";
import { batchSize, type Lane, type Rolling } from "../engine/rolling.ts";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";

/** How the machines of a plan follow each other: as their groups say, or all of them as was asked for. Pure. */
export function rollingOf(plan: Plan, stack: Stack, { batch, maxFailures = 0 }: ApplyOptions): Rolling {
  const machines = plan.hosts.map((host) => host.machine);
  const asked = batch === undefined ? undefined : [laneOf("machines", machines, batch, maxFailures)];
  return { lanes: asked ?? groupLanes(stack, machines), needs: needsOf(plan, stack) };
}

function groupLanes({ groups = {} }: Stack, machines: readonly string[]): Lane[] {
  return Object.entries(groups).flatMap(([name, group]) => {
    const own = machines.filter((machine) => group.machines.includes(machine));
    // A share is one of the group, whatever part of it this run is about.
    const size = group.batch === undefined ? 0 : batchSize(group.batch, group.machines.length);
    return group.batch === undefined ? [] : [{ name, machines: own, size, maxFailures: group.maxFailures }];
  });
}

function laneOf(name: string, machines: readonly string[], batch: number | string, maxFailures: number): Lane {
  return { name, machines, size: batchSize(batch, machines.length), maxFailures };
}

/** Machines whose changes or container engine a machine's own changes wait for. */
function needsOf(plan: Plan, stack: Stack): ReadonlyMap<string, readonly string[]> {
  return new Map(
    plan.hosts.map(({ machine, changes, builds }) => {
      const changed = changes.flatMap((change) => change.needs).map((id) => id.slice(0, id.indexOf("/")));
      const built = builds.flatMap(({ app, blob }) => stack.apps[app]?.build.on ?? firstBuilder(plan, blob) ?? []);
      return [machine, [...new Set([...changed, ...built])].filter((need) => need !== machine)];
    }),
  );
}

/** Of several machines that need one image, the first in the plan builds it. */
export function firstBuilder(plan: Plan, blob: string): string | undefined {
  return plan.hosts.find((host) => host.builds.some((build) => build.blob === blob))?.machine;
}
