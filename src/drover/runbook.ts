import type { Options, Runbook, RunbookThing } from "../api.ts";
import { onEach, selectMachines } from "../engine/hosts.ts";
import type { Answers } from "../model/answer.ts";
import { factsOf } from "../model/facts.ts";
import type { AnyResourceType } from "../model/resource.ts";
import { type Run, runsOf } from "../model/runs.ts";
import { type Declared, ownerOf } from "../model/stack.ts";
import { type Context, planAndKeep, planningFor } from "./context.ts";
import { history, statusIn } from "./look.ts";

/** What is on each machine, as it was observed just now, and where it comes from: by the journal and the stack file. */
export async function runbook(context: Context, options: Options): Promise<Runbook[]> {
  const machines = selectMachines(context.stack, options.on);
  return onEach(machines, (machine) => pageOf(machine, context, options));
}

async function pageOf(machine: string, context: Context, options: Options): Promise<Runbook> {
  const own = { ...options, on: [machine] };
  const result = await planAndKeep(context, await planningFor(context, own));
  const answers = result.observations.get(machine)?.answers ?? new Map<string, string>();
  const session = await context.hosts.session(machine, options.signal);
  const inventory = await session.ask([{ kind: "inventory", arg: "all" }], options.signal);
  const [journal] = await history(context, own);
  const state = statusIn(machine, result, context);
  const runs = runsOf(journal?.lines ?? []);
  const { stack, shelves } = context;
  const facts = factsOf(answers);
  const declared = new Map(
    (await declaredOn(machine, context, options)).map((one) => [`${one.type}:${one.name}`, one]),
  );
  const things = (result.desired.get(machine)?.resources ?? []).map((resource): RunbookThing => {
    const type = shelves.types[resource.type];
    const id = `${resource.type}:${resource.name}`;
    const at = declared.get(id)?.at;
    const last = lastTouch(id, runs);
    return {
      id,
      type: resource.type,
      name: resource.name,
      title: type?.title ?? "",
      ...(resource.app === undefined ? {} : { app: resource.app }),
      ...(at === undefined ? {} : { at: shortened(at, stack.folder) }),
      state: stateOf(type, resource.name, answers),
      ...(last === undefined ? {} : { last }),
    };
  });
  return {
    machine,
    groups: Object.entries(stack.groups ?? {}).flatMap(([name, group]) =>
      group.machines.includes(machine) ? [name] : [],
    ),
    stack: stack.name,
    owner: ownerOf(stack),
    facts: {
      ...state.facts,
      memory: `${facts.answers.get("fact:memory-mb") ?? "?"} MB`,
      disk: `${facts.answers.get("fact:disk-mb") ?? "?"} MB free`,
    },
    processes: state.processes,
    routes: state.routes,
    pending: state.pending,
    things,
    inventory: listed(inventory),
    runs: runs.slice(-20).map(({ number, time, header, ok }) => ({
      number,
      time,
      by: header?.by ?? "",
      command: header?.command ?? "",
      ...(header?.commit === undefined ? {} : { commit: header.commit }),
      ok: ok === true,
    })),
  };
}

async function declaredOn(machine: string, context: Context, options: Options): Promise<readonly Declared[]> {
  const seen = context.seen.get(machine);
  const { withFacts, resources } = context.stack;
  if (withFacts === undefined || seen === undefined) return resources[machine] ?? [];
  return withFacts(machine, factsOf(seen.answers), options.signal);
}

/** The answer that its type asks about it: under its own name, or about the file that it is made of. */
function stateOf(type: AnyResourceType | undefined, name: string, answers: Answers): string {
  if (type === undefined) return "";
  const kinds = [type.type, ...Object.keys(type.askers)];
  const own = kinds.map((kind) => answers.get(`${kind}:${name}`)).find((answer) => answer !== undefined);
  if (own !== undefined) return own;
  const seen = type.parse(name, answers);
  const path = seen.kind === "present" ? type.outputs?.(name, seen.state)["path"] : undefined;
  return path === undefined ? "" : (answers.get(`path:${path}`) ?? "");
}

/** Also the run in which a package brought what was to be made. */
function lastTouch(id: string, runs: readonly Run[]): RunbookThing["last"] {
  const run = runs.findLast((one) =>
    one.lines.some((line) => line.t === "done" && line.id === id && (!line.skipped || line.action === "create")),
  );
  return run === undefined ? undefined : { run: run.number, time: run.time, by: run.header?.by ?? "" };
}

function shortened(at: string, folder: string): string {
  return at.startsWith(`${folder}/`) ? at.slice(folder.length + 1) : at;
}

const PREFIX = "inventory:";

/** `kind -> name -> what is said of it`. */
function listed(answers: ReadonlyMap<string, string>): Runbook["inventory"] {
  const lists: Record<string, Record<string, string>> = {};
  for (const [key, said] of answers) {
    if (!key.startsWith(PREFIX)) continue;
    const full = key.slice(PREFIX.length);
    const kind = full.slice(0, full.indexOf("/"));
    lists[kind] = { ...lists[kind], [full.slice(kind.length + 1)]: said };
  }
  return lists;
}
