import { processesOf } from "../model/app.ts";
import type { Plan } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import type { Source } from "./source.ts";

/** What the reader of a plan should know of the sources that it builds. Pure. */
export function sourceNotes(plan: Plan, stack: Stack, sources: ReadonlyMap<string, Source>): string[] {
  const built = new Set(plan.hosts.flatMap((host) => host.builds.map(({ app }) => app)));
  return [...built].flatMap((name) => {
    const source = sources.get(name);
    if (source === undefined) return [];
    return [...source.recipe.notes, ...idleProcesses(name, stack, source)].map((note) => `${name}: ${note}`);
  });
}

/** A Procfile's further processes run when the stack file names them; its `release` is none. */
function idleProcesses(name: string, stack: Stack, { recipe }: Source): string[] {
  const app = stack.apps[name];
  const named = app === undefined ? [] : Object.keys(processesOf(app));
  return Object.entries(recipe.processes)
    .filter(([process]) => !["web", "release"].includes(process) && !named.includes(process.toLowerCase()))
    .map(([process, argv]) => {
      const command = `{ command: ${JSON.stringify(argv)} }`;
      return `${process} of its Procfile does not run; to run it: processes: { web: {}, ${JSON.stringify(process.toLowerCase())}: ${command} }`;
    });
}
