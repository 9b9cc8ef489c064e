import type { DownOptions, Drover, Options, PlanOptions } from "./api.ts";
import { applyPlan } from "./drover/apply.ts";
import { type Context, emptied, openContext, planAndKeep, planningFor } from "./drover/context.ts";
import { doctor } from "./drover/doctor.ts";
import { drift } from "./drover/drift.ts";
import { logs } from "./drover/logs.ts";
import { history, releases, status } from "./drover/look.ts";
import { MACHINE } from "./drover/machines.ts";
import { run } from "./drover/run.ts";
import { runbook } from "./drover/runbook.ts";
import { sourceNotes } from "./drover/source-notes.ts";
import { staleDeletions } from "./drover/stale.ts";
import { planUndo } from "./drover/undo.ts";
import { asPlan, type Planning } from "./engine/plan.ts";
import { DroverError } from "./lib/error.ts";
import { nearest } from "./lib/nearest.ts";
import type { Note } from "./model/journal.ts";
import type { Plan } from "./model/plan.ts";
import { ownerOf, type Stack } from "./model/stack.ts";

/** The engine bound to what is on the shelves. It keeps the sessions of a stack open until it is disposed of. */
export function createDrover(): Drover {
  const contexts = new Map<Stack, Context>();
  const contextOf = (stack: Stack, options: Options): Context => {
    const known = contexts.get(stack) ?? openContext(stack, options);
    contexts.set(stack, known);
    return known;
  };
  return {
    plan: (stack, options) => plan(contextOf(stack, options), options),
    planDown: (stack, options) => planDown(contextOf(stack, options), options),
    planRollback: (stack, app, release, options) => planRollback(contextOf(stack, options), app, release, options),
    planUndo: (stack, machine, to, options) => planBack(contextOf(stack, options), machine, to, options),
    planOwnership: (stack, verb, ids, options) => planOwnership(contextOf(stack, options), verb, ids, options),
    apply: (stack, given, options) => applyPlan(contextOf(stack, options), given, options),
    status: (stack, options) => status(contextOf(stack, options), options),
    releases: (stack, options) => releases(contextOf(stack, options), options),
    history: (stack, options) => history(contextOf(stack, options), options),
    runbook: (stack, options) => runbook(contextOf(stack, options), options),
    drift: (stack, options) => drift(contextOf(stack, options), options),
    logs: (stack, app, options) => logs(contextOf(stack, options), app, options),
    run: (stack, argv, options) => run(contextOf(stack, options), argv, options),
    doctor: (stack, options) => doctor(stack === undefined ? undefined : contextOf(stack, options), options),
    async [Symbol.asyncDispose]() {
      await Promise.all([...contexts.values()].map((context) => context[Symbol.asyncDispose]()));
      contexts.clear();
    },
  };
}

async function plan(context: Context, options: PlanOptions): Promise<Plan> {
  const planning = await planningFor(context, options);
  const refresh = options.refreshBase === true ? new Date().toISOString() : undefined;
  const desired = { ...planning.desired, lift: options.lift === true, refresh };
  const { plan: made } = await planAndKeep(context, { ...planning, desired, patience: true });
  const stale = options.allowStale === true ? [] : await staleDeletions(context, made);
  const notes = sourceNotes(made, context.stack, await context.sources(options.signal));
  const whole = asPlan(
    context.stack,
    made.hosts,
    [...made.notes, ...notes],
    [...made.problems, ...stale],
    made.unreached,
  );
  options.emit({ event: "planned", plan: whole });
  return whole;
}

async function shown(context: Context, planning: Planning, options: Options): Promise<Plan> {
  const { plan: made } = await planAndKeep(context, planning);
  options.emit({ event: "planned", plan: made });
  return made;
}

async function planDown(context: Context, options: DownOptions): Promise<Plan> {
  const { shelves, hosts } = context;
  const { signal, emit, secrets, on, only, purge = false } = options;
  const nothing = { inputs: {}, lift: false };
  const stack = emptied(context.stack);
  const planning = { stack, shelves, hosts, desired: nothing, secrets, signal, emit, on, only, purge, patience: true };
  const { plan: whole } = await planAndKeep(context, planning);
  const made = options.allowDelete === true ? whole : sparingData(stack, whole);
  options.emit({ event: "planned", plan: made });
  return made;
}

/** The same plan without what destroys data; each thing that stays is named. */
function sparingData(stack: Stack, whole: Plan): Plan {
  const spared = whole.hosts.flatMap((host) => host.changes).filter((change) => change.destroys !== undefined);
  if (spared.length === 0) return whole;
  const stays = new Set(spared.map((change) => change.id));
  const hosts = whole.hosts.map(({ farewell: _stays, ...host }) => ({
    ...host,
    changes: host.changes
      .filter((change) => !stays.has(change.id))
      .map((change) => ({ ...change, needs: change.needs.filter((need) => !stays.has(need)) })),
  }));
  const notes = spared.map((change) => `${change.id} stays, because it holds data; --allow-delete removes it`);
  return asPlan(stack, hosts, [...whole.notes, ...notes], whole.problems, whole.unreached);
}

async function planRollback(
  context: Context,
  app: string,
  release: string | undefined,
  options: Options,
): Promise<Plan> {
  const { stack } = context;
  if (stack.apps[app] === undefined) {
    throw new DroverError("USAGE", `no app ${app} in the stack`, {
      hint: `apps: ${Object.keys(stack.apps).join(", ")}`,
    });
  }
  const to = release ?? (await previousRelease(context, app, options));
  const planning = await planningFor(context, options);
  const desired = { ...planning.desired, pin: { [app]: to } };
  return shown(context, { ...planning, desired, only: [app], patience: true }, options);
}

async function planBack(context: Context, machine: string, to: string | undefined, options: Options): Promise<Plan> {
  const { result, notes } = await planUndo(context, machine, to, options);
  const { hosts, notes: said, problems } = result.plan;
  const made = asPlan(context.stack, hosts, [...said, ...notes], problems);
  options.emit({ event: "planned", plan: made });
  return made;
}

/** The newest good release before the one that runs now. */
async function previousRelease(context: Context, app: string, options: Options): Promise<string> {
  const all = (await releases(context, options)).filter((entry) => entry.app === app && !entry.failed);
  const earlier = all.find((entry) => !entry.current);
  if (earlier !== undefined) return earlier.record.release;
  throw new DroverError("CONFIG_INVALID", `${app} has no earlier release to go back to`, {
    where: { app },
    hint: `drover releases ${app}`,
  });
}

/** Takes things over, or lets them go: recorded on the target; letting go touches nothing. */
async function planOwnership(
  context: Context,
  verb: "adopt" | "forget",
  ids: readonly string[],
  options: Options,
): Promise<Plan> {
  const planning = await planningFor(context, options);
  if (verb === "adopt") return shown(context, { ...planning, adopt: ids, only: ids, patience: true }, options);
  const { plan: made, known } = await planAndKeep(context, { ...planning, only: ["-"], patience: true });
  const owner = ownerOf(context.stack);
  refuseUnknown(ids, known, context, owner);
  const hosts = made.hosts.map((host) => ({
    ...host,
    records: ids.flatMap((id) => forgetNote(id, host.machine, owner)),
    changes: [],
    releases: [],
    builds: [],
    urls: [],
  }));
  const plan = asPlan(context.stack, hosts, made.notes, [], made.unreached);
  options.emit({ event: "planned", plan });
  return plan;
}

/** `machine/type:name` is recorded on its machine; a machine's key on all that stay. */
function forgetNote(id: string, machine: string, owner: string): Note[] {
  if (!id.includes("/")) return [{ kind: "forget", owner, id: `${MACHINE}${id}` }];
  return id.startsWith(`${machine}/`) ? [{ kind: "forget", owner, id: id.slice(machine.length + 1) }] : [];
}

/** A thing is forgotten by its id; a machine that left the file by the key that the journals know it by. */
function refuseUnknown(ids: readonly string[], things: ReadonlySet<string>, context: Context, owner: string): void {
  const machines = [...context.seen.values()].flatMap((seen) => Object.keys(seen.memory.stacks[owner]?.machines ?? {}));
  const wrong = ids.find((id) => !(id.includes("/") ? things.has(id) : machines.includes(id)));
  if (wrong === undefined) return;
  const meant = nearest(wrong, [...things, ...machines]);
  const text = wrong.includes("/")
    ? `nothing of this stack is called ${wrong}`
    : `no machine is called ${wrong}, and none that left the file was`;
  throw new DroverError("USAGE", meant === undefined ? text : `${text}; did you mean ${meant}?`, {
    hint: "name a thing as the plan does: `machine/type:name`",
  });
}
