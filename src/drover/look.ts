import type { HostStatus, Options, ReleaseEntry } from "../api.ts";
import { onEach, selectMachines } from "../engine/hosts.ts";
import { observe } from "../engine/observe.ts";
import type { PlanResult } from "../engine/plan.ts";
import { DroverError } from "../lib/error.ts";
import { parseLines } from "../lib/ndjson.ts";
import { factsOf } from "../model/facts.ts";
import type { JournalLine, Memory } from "../model/journal.ts";
import { appKey } from "../model/memory.ts";
import { ownerOf } from "../model/stack.ts";
import { type Context, planAndKeep, planningFor } from "./context.ts";

/** What runs where, and how far it is from the file. */
export async function status(context: Context, options: Options): Promise<HostStatus[]> {
  const machines = selectMachines(context.stack, options.on);
  return onEach(machines, (machine) => hostStatus(machine, context, options));
}

async function hostStatus(machine: string, context: Context, options: Options): Promise<HostStatus> {
  try {
    const planning = await planningFor(context, options);
    return statusIn(machine, await planAndKeep(context, { ...planning, on: [machine] }), context);
  } catch (error) {
    if (!DroverError.is(error) || !["UNREACHABLE", "HOST_KEY", "RIGHTS"].includes(error.code) || options.signal.aborted)
      throw error;
    return {
      machine,
      reachable: false,
      why: error.message,
      facts: {},
      processes: [],
      routes: [],
      pins: {},
      pending: 0,
      problems: [],
    };
  }
}

/** What runs on a machine, and how far it is from the file, by a plan of it. */
export function statusIn(machine: string, { plan, observations }: PlanResult, { stack, shelves }: Context): HostStatus {
  const seen = observations.get(machine);
  const answers = seen?.answers ?? new Map<string, string>();
  const facts = factsOf(answers);
  const owner = ownerOf(stack);
  const places = Object.values(shelves.places);
  const lastRun = seen?.memory.stacks[owner];
  return {
    machine,
    reachable: true,
    facts: {
      os: facts.os,
      release: facts.release,
      arch: facts.arch,
      init: facts.init,
      // The one that we came to it by; those of its bridges tell nobody anything.
      addresses: answers.get("fact:address") || facts.addresses.replaceAll("%20", " "),
    },
    processes: places.flatMap((place) => place.processes(owner, answers)),
    routes: places.flatMap((place) => place.routes(owner, answers)),
    pins: pinsOf(owner, seen?.memory),
    ...(lastRun === undefined ? {} : { lastRun: { ...lastRun, failed: seen?.memory.lastFailed?.run === lastRun.run } }),
    pending: plan.hosts[0]?.changes.length ?? 0,
    problems: plan.problems,
  };
}

function pinsOf(owner: string, memory: Memory | undefined): Record<string, string> {
  const mine = Object.entries(memory?.pins ?? {}).filter(([key]) => key.startsWith(`${owner} `));
  return Object.fromEntries(mine.map(([key, pin]) => [key.slice(owner.length + 1), pin.release]));
}

/** Releases of the stack's apps as their targets remember them, newest first. */
export async function releases(context: Context, options: Options): Promise<ReleaseEntry[]> {
  const { stack } = context;
  const seen = await remembered(context, options);
  return seen.flatMap(({ machine, memory }) =>
    Object.keys(stack.apps).flatMap((app) => {
      const key = appKey(ownerOf(stack), app);
      const all = memory.releases[key] ?? [];
      const current = all.find((entry) => !entry.failed)?.record.release;
      return all.map((entry) => ({
        ...entry,
        machine,
        app,
        current: entry.record.release === current && !entry.failed,
      }));
    }),
  );
}

async function remembered(context: Context, options: Options): Promise<{ machine: string; memory: Memory }[]> {
  const machines = selectMachines(context.stack, options.on);
  return onEach(machines, async (machine) => {
    const session = await context.hosts.session(machine, options.signal);
    return { machine, memory: (await observe(session, [], options.signal)).memory };
  });
}

/** The journals, whole. */
export async function history(
  context: Context,
  options: Options,
): Promise<{ machine: string; lines: readonly JournalLine[] }[]> {
  const machines = selectMachines(context.stack, options.on);
  return onEach(machines, async (machine) => {
    const session = await context.hosts.session(machine, options.signal);
    const answers = await session.ask([{ kind: "journal", arg: "all" }], options.signal);
    const text = [...answers].filter(([key]) => key.startsWith("journal-line:")).map(([, line]) => line);
    // Written by our own runner only.
    return { machine, lines: parseLines(text.join("\n")) as JournalLine[] };
  });
}
