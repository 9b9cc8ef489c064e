import { digestOf } from "../lib/digest.ts";
import type { Emit } from "../model/event.ts";
import { factsOf } from "../model/facts.ts";
import { FORMAT, NO_MEMORY } from "../model/journal.ts";
import type { HostPlan, Plan, Problem } from "../model/plan.ts";
import type { Query } from "../model/query.ts";
import type { SecretValues } from "../model/secret.ts";
import { ownerOf, type Stack } from "../model/stack.ts";
import { type Desired, type DesiredOptions, desiredOn } from "./desired.ts";
import { waitForHolder } from "./holder.ts";
import { type HostInput, planHost } from "./host-plan.ts";
import { type Hosts, onEach, selectMachines } from "./hosts.ts";
import { type Observation, observe, observeMore, queriesOf, refuseNewer } from "./observe.ts";
import { lostMachines, missingSecrets, preflight } from "./preflight.ts";
import { placeOf, type Shelves } from "./shelves.ts";

export interface Planning {
  readonly stack: Stack;
  readonly shelves: Shelves;
  readonly hosts: Hosts;
  readonly desired: DesiredOptions;
  readonly secrets: SecretValues;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly on?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
  readonly purge?: boolean;
  readonly adopt?: readonly string[];
  readonly forget?: readonly string[];
  /** Wait until a run that holds a machine is done: its half-made things are not what we plan on. */
  readonly patience?: boolean;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly observations: ReadonlyMap<string, Observation>;
}

/** Observes every machine in one exchange each, and plans. Changes nothing. */
export async function makePlan(planning: Planning): Promise<PlanResult> {
  const { stack } = planning;
  const machines = selectMachines(Object.keys(stack.machines), planning.on);
  const observations = new Map<string, Observation>();
  const results = await onEach(machines, async (machine) => {
    const [observation, desired] = await look(machine, planning);
    observations.set(machine, observation);
    return planHost(hostInput(machine, observation, desired, planning));
  });
  const all = machines.length === Object.keys(stack.machines).length;
  const problems: Problem[] = [
    ...results.flatMap((result) => result.problems),
    ...missingSecrets(
      results.map((result) => result.plan),
      planning.secrets,
    ),
    ...results.flatMap((result) => preflight(result.plan, observations.get(result.plan.machine))),
    ...(all ? lostMachines(ownerOf(stack), observations) : []),
  ];
  const hosts = results.map((result) => result.plan);
  const notes = [...stackNotes(stack), ...results.flatMap((result) => result.notes)];
  return { plan: asPlan(stack, hosts, notes, problems), observations };
}

export function asPlan(
  stack: Stack,
  hosts: readonly HostPlan[],
  notes: readonly string[],
  problems: readonly Problem[],
): Plan {
  const body = { format: FORMAT, owner: ownerOf(stack), stack: stack.name, hosts, notes, problems };
  return { ...body, digest: digestOf(body) };
}

async function look(machine: string, planning: Planning): Promise<[Observation, Desired]> {
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
  const desired = desiredOn(machine, stack, shelves, first.memory, first.answers, planning.desired);
  const rest = queriesOf(machine, owner, desired.resources, first.memory, shelves);
  return [await observeMore(session, first, rest, signal), desired];
}

function placeQueries(planning: Planning): Query[] {
  const places = new Set(Object.values(planning.stack.apps).map((app) => app.place));
  return [...places].flatMap((place) => placeOf(planning.shelves, place).query(ownerOf(planning.stack)));
}

function hostInput(machine: string, observation: Observation, desired: Desired, planning: Planning): HostInput {
  const { only } = planning;
  const forget = new Set((planning.forget ?? []).map((id) => id.slice(id.indexOf("/") + 1)));
  const memory = observation.memory;
  const owned = Object.fromEntries(Object.entries(memory.owned).filter(([id]) => !forget.has(id)));
  return {
    machine,
    machineId: factsOf(observation.answers).machineId,
    owner: ownerOf(planning.stack),
    desired,
    memory: { ...memory, owned },
    answers: observation.answers,
    shelves: planning.shelves,
    purge: planning.purge === true,
    adopt: new Set(planning.adopt ?? []),
    ...(only === undefined || only.length === 0 ? {} : { only: (node) => matchesOnly(node, only) }),
  };
}

function matchesOnly(node: { readonly id: string; readonly app?: string }, only: readonly string[]): boolean {
  const local = node.id.slice(node.id.indexOf("/") + 1);
  return only.some((one) => one === node.app || one === node.id || one === local);
}

function stackNotes(stack: Stack): string[] {
  return stack.hasId
    ? []
    : [`the stack has no \`id\`: its name ${stack.name} stands for it, and every stack of that name is this one`];
}
