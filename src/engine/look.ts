import { DroverError } from "../lib/error.ts";
import { factsOf } from "../model/facts.ts";
import { NO_MEMORY } from "../model/journal.ts";
import type { Query } from "../model/query.ts";
import { fillOutputs, type Outputs, outputRefsIn } from "../model/reference.ts";
import { ownerOf, type Stack } from "../model/stack.ts";
import { type Desired, desiredOn } from "./desired.ts";
import { waitForHolder } from "./holder.ts";
import { type Observation, observe, observeMore, queriesOf, refuseNewer } from "./observe.ts";
import { outputsFrom } from "./outputs.ts";
import type { Planning } from "./plan.ts";
import { placeOf } from "./shelves.ts";
import { inherited } from "./together.ts";

/** What a machine said, and what is meant for it. */
export interface Look {
  readonly machine: string;
  readonly observation: Observation;
  readonly desired: Desired;
}

/** Asks a machine everything at once, and lowers what is meant for it with what it says. */
export async function look(machine: string, planning: Planning): Promise<Look> {
  const { stack, shelves, signal } = planning;
  const session = await planning.hosts.session(machine, signal);
  const owner = ownerOf(stack);
  const before = desiredOn(machine, stack, shelves, NO_MEMORY, new Map(), { ...planning.desired, lift: true, pin: {} });
  const queries = [...queriesOf(machine, owner, before.resources, NO_MEMORY, shelves), ...placeQueries(planning)];
  let first = await observe(session, queries, signal);
  if (planning.patience === true && first.holder !== undefined) {
    await waitForHolder(machine, first.holder, session, planning);
    first = await observe(session, queries, signal);
  }
  const newer = refuseNewer(machine, first.memory);
  if (newer !== undefined) throw newer;
  const known = await withFacts(machine, stack, first, signal);
  const desired = desiredOn(machine, known, shelves, first.memory, first.answers, planning.desired);
  const memory = planning.purge === true ? inherited(first.memory, owner) : first.memory;
  const rest = queriesOf(machine, owner, desired.resources, memory, shelves);
  return { machine, observation: await observeMore(session, first, queries, rest, signal), desired };
}

/** The stack with what its roles say of this machine, now that its facts are known. */
async function withFacts(machine: string, stack: Stack, { answers }: Observation, signal: AbortSignal): Promise<Stack> {
  if (stack.withFacts === undefined) return stack;
  const own = await stack.withFacts(machine, factsOf(answers), signal);
  return { ...stack, resources: { ...stack.resources, [machine]: own } };
}

function placeQueries(planning: Planning): Query[] {
  const places = new Set(Object.values(planning.stack.apps).map((app) => app.place));
  return [...places].flatMap((place) => placeOf(planning.shelves, place).query(ownerOf(planning.stack)));
}

/**
 * Questions that carry an output (a text with a secret and an address, compared on the machine) are asked once more with
 * its value, when all machines were seen. All others have their answer already.
 */
export async function askWithOutputs(looks: readonly Look[], planning: Planning): Promise<Look[]> {
  const views = new Map(looks.map(({ machine, observation }) => [machine, observation.answers]));
  return Promise.all(
    looks.map(async (seen) => {
      const queries = outputQueries(seen, lenient(outputsFrom(seen.machine, views, planning.shelves)), planning);
      if (queries.length === 0) return seen;
      const session = await planning.hosts.session(seen.machine, planning.signal);
      const more = await session.ask(queries, planning.signal);
      const answers = new Map([...seen.observation.answers, ...more]);
      return { ...seen, observation: { ...seen.observation, answers } };
    }),
  );
}

function outputQueries({ machine, desired }: Look, outputs: Outputs, { stack, shelves }: Planning): Query[] {
  const referring = desired.resources.filter((resource) => outputRefsIn(resource.spec).length > 0);
  const filled = referring.map((resource) => ({ ...resource, spec: fillOutputs(resource.spec, outputs) }));
  const [asked, wanted] = [referring, filled].map((resources) =>
    queriesOf(machine, ownerOf(stack), resources, NO_MEMORY, shelves),
  ) as [Query[], Query[]];
  const known = new Set(asked.map((query) => JSON.stringify(query)));
  return wanted.filter((query) => query.extra !== undefined && !known.has(JSON.stringify(query)));
}

/** What is not an output at all is told when its resource is decided. */
function lenient(outputs: Outputs): Outputs {
  return (ref) => {
    try {
      return outputs(ref);
    } catch (error) {
      if (DroverError.is(error)) return undefined;
      throw error;
    }
  };
}
