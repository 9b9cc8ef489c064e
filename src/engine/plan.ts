import { systemClock } from "../lib/clock.ts";
import { digestOf } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { clockNotes } from "../model/clock-skew.ts";
import type { Emit } from "../model/event.ts";
import { factsOf } from "../model/facts.ts";
import { FORMAT } from "../model/journal.ts";
import type { HostPlan, Plan, Problem, Unreached } from "../model/plan.ts";
import type { SecretValues } from "../model/secret.ts";
import { ownerOf, type Stack } from "../model/stack.ts";
import type { Desired, DesiredOptions } from "./desired.ts";
import { type HostResult, planHosts } from "./host-plan.ts";
import type { HostInput } from "./host-result.ts";
import { type Hosts, onReachable, selectMachines } from "./hosts.ts";
import { askWithOutputs, type Look, look } from "./look.ts";
import type { Observation } from "./observe.ts";
import { lostBlobs, lostMachines, missingSecrets, preflight } from "./preflight.ts";
import type { Shelves } from "./shelves.ts";

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
  /** Ids of all that is wanted or ours. */
  readonly known: ReadonlySet<string>;
  readonly observations: ReadonlyMap<string, Observation>;
  /** Machine -> what is meant for it. */
  readonly desired: ReadonlyMap<string, Desired>;
}

/** Observes every machine in one exchange each, and plans. Changes nothing. */
export async function makePlan(planning: Planning): Promise<PlanResult> {
  const { stack } = planning;
  const machines = selectMachines(stack, planning.on);
  const { done: seen, unreached } = await onReachable(machines, (machine) => look(machine, planning));
  planning.signal.throwIfAborted();
  const looks = await askWithOutputs(seen, planning);
  const observations = new Map(looks.map(({ machine, observation }) => [machine, observation]));
  const results = planHosts(looks.map((one) => hostInput(one, planning)));
  refuseUnknown(planning, results);
  const all = looks.length === Object.keys(stack.machines).length;
  const problems: Problem[] = [
    ...results.flatMap((result) => result.problems),
    ...(await missingSecrets(
      results.map((result) => result.plan),
      planning.secrets,
      planning.signal,
    )),
    ...results.flatMap(({ plan }) => [
      ...preflight(plan, observations.get(plan.machine), planning.shelves),
      ...lostBlobs(plan),
    ]),
    ...(all ? lostMachines(ownerOf(stack), observations) : []),
  ];
  const hosts = results.map((result) => result.plan);
  const answers = new Map([...observations].map(([machine, seen]) => [machine, seen.answers]));
  const clocks = clockNotes(answers, systemClock.now());
  const notes = [...stackNotes(stack), ...clocks, ...results.flatMap((result) => result.notes)];
  const known = new Set(results.flatMap((result) => [...result.known.keys()]));
  const desired = new Map(looks.map((one) => [one.machine, one.desired]));
  return { plan: asPlan(stack, hosts, notes, problems, unreached), known, observations, desired };
}

export function asPlan(
  stack: Stack,
  hosts: readonly HostPlan[],
  notes: readonly string[],
  problems: readonly Problem[],
  unreached: readonly Unreached[] = [],
): Plan {
  const left = unreached.length === 0 ? {} : { unreached };
  const body = { format: FORMAT, owner: ownerOf(stack), stack: stack.name, hosts, notes, problems, ...left };
  return { ...body, digest: digestOf(body) };
}

function hostInput({ machine, observation, desired }: Look, planning: Planning): HostInput {
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

/** A slip in a name must not become an empty plan. What is taken over has to be in the file: else the next run removes it. */
function refuseUnknown({ only = [], adopt = [], desired }: Planning, results: readonly HostResult[]): void {
  const known = new Map(results.flatMap((result) => [...result.known]));
  // What an undo holds as not there, a package may have brought: then nobody wants it, and it is nobody's.
  const held = Object.entries(desired.hold ?? {}).flatMap(([machine, { things }]) =>
    Object.keys(things).map((id) => `${machine}/${id}`),
  );
  const words = [...known.keys(), ...held].flatMap((id) => [id, id.slice(id.indexOf("/") + 1)]);
  const stray = only.find((word) => word.includes(":") && !words.includes(word));
  const foreign = adopt.find((id) => known.get(id) !== "keep");
  const unknown = foreign ?? stray;
  if (unknown === undefined) return;
  const meant = nearest(unknown, words);
  const what = foreign === undefined ? "nothing of this stack is called" : "nothing in the stack file is called";
  throw new DroverError("USAGE", `${what} ${unknown}${meant === undefined ? "" : `; did you mean ${meant}?`}`, {
    hint: "name it as the plan does: `type:name`, or `machine/type:name`",
  });
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
