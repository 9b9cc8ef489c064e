import type { Plan, Problem } from "../model/plan.ts";
import { ownerOf, type Stack } from "../model/stack.ts";
import type { Context } from "./context.ts";
import { commitOf, descendsFrom } from "./run-header.ts";

/**
 * Deletions planned from a checkout that does not come after the last applied commit are most often a colleague's work
 * that is not pulled yet. Places without commits say nothing.
 */
export async function staleDeletions(context: Context, plan: Plan): Promise<Problem[]> {
  const { stack } = context;
  const found: Problem[] = [];
  for (const host of plan.hosts) {
    const gone = host.changes.filter((change) => change.action === "delete" && leftTheFile(stack, change.app));
    const last = context.seen.get(host.machine)?.memory.stacks[ownerOf(stack)]?.commit;
    if (gone.length === 0 || last === undefined) continue;
    if ((await commitOf(stack.folder)) === undefined || (await descendsFrom(stack.folder, last))) continue;
    found.push({
      code: "CONFLICT",
      message: `${gone.length} deletions on ${host.machine} are planned from a checkout that does not come after ${last.slice(0, 8)}, which was applied last`,
      hint: "pull first; if the things are really to go: --allow-stale",
      machine: host.machine,
    });
  }
  return found;
}

function leftTheFile(stack: Stack, app: string | undefined): boolean {
  return app === undefined || stack.apps[app] === undefined;
}
