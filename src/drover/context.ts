import type { Options } from "../api.ts";
import { Hosts } from "../engine/hosts.ts";
import type { Observation } from "../engine/observe.ts";
import type { Planning, PlanResult } from "../engine/plan.ts";
import { makePlan } from "../engine/plan.ts";
import type { Shelves } from "../engine/shelves.ts";
import type { Stack } from "../model/stack.ts";
import { allShelves, connector } from "./shelves.ts";
import { inputsOf, readSources, type Source } from "./source.ts";

/** What the calls about one stack share: its sessions, opened once; its sources, read once; what was seen last. */
export interface Context extends AsyncDisposable {
  readonly stack: Stack;
  readonly shelves: Shelves;
  readonly hosts: Hosts;
  sources(signal: AbortSignal): Promise<ReadonlyMap<string, Source>>;
  readonly seen: Map<string, Observation>;
}

export function openContext(stack: Stack, options: Options): Context {
  const shelves = allShelves();
  const hosts = new Hosts(connector(stack, shelves, options.secrets), options.emit);
  let sources: Promise<ReadonlyMap<string, Source>> | undefined;
  return {
    stack,
    shelves,
    hosts,
    seen: new Map(),
    sources(signal) {
      sources ??= readSources(stack, signal);
      return sources;
    },
    [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
  };
}

/** What planning needs, as the options of a call say. */
export async function planningFor(context: Context, options: Options): Promise<Planning> {
  const { shelves, hosts } = context;
  const sources = await context.sources(options.signal);
  const stack = withDockerfiles(context.stack, sources);
  return {
    stack,
    shelves,
    hosts,
    desired: { inputs: inputsOf(stack, sources), lift: false },
    secrets: options.secrets,
    signal: options.signal,
    emit: options.emit,
    on: options.on,
    only: options.only,
  };
}

/** Plans, and remembers what was seen. */
export async function planAndKeep(context: Context, planning: Planning): Promise<PlanResult> {
  const result = await makePlan(planning);
  for (const [machine, seen] of result.observations) context.seen.set(machine, seen);
  return result;
}

/** The stack without its apps and resources: what `down` wants. */
export function emptied(stack: Stack): Stack {
  const { withFacts: _, ...rest } = stack;
  return { ...rest, apps: {}, resources: {} };
}

/** Apps whose Dockerfile was found by looking are lowered like those that name it. */
function withDockerfiles(stack: Stack, sources: ReadonlyMap<string, Source>): Stack {
  const apps = Object.entries(stack.apps).map(([name, app]) => {
    const recipe = sources.get(name)?.recipe;
    return [name, recipe?.kind === "dockerfile" ? { ...app, build: { ...app.build, dockerfile: recipe.path } } : app];
  });
  return { ...stack, apps: Object.fromEntries(apps) };
}
