import type { DriftReport, Options } from "../api.ts";
import { drifted, lastSeen, unmanaged } from "../engine/drift.ts";
import { onEach, selectMachines } from "../engine/hosts.ts";
import { look } from "../engine/look.ts";
import { ownedBy } from "../model/memory.ts";
import type { Query } from "../model/query.ts";
import { runsOf } from "../model/runs.ts";
import { ownerOf } from "../model/stack.ts";
import { type Context, planningFor } from "./context.ts";
import { isManaged } from "./drift-managed.ts";
import { history } from "./look.ts";

/** What is not as the last run left it: managed things that changed, and what came beside them. */
export async function drift(context: Context, options: Options): Promise<DriftReport[]> {
  const machines = selectMachines(context.stack, options.on);
  return onEach(machines, (machine) => driftOn(machine, context, options));
}

const INVENTORY: readonly Query[] = [
  { kind: "inventory", arg: "all" },
  { kind: "inventory-kept", arg: "all" },
  { kind: "package-file", arg: "all" },
];

async function driftOn(machine: string, context: Context, options: Options): Promise<DriftReport> {
  const owner = ownerOf(context.stack);
  const planning = await planningFor(context, options);
  const { observation } = await look(machine, planning);
  const [journal] = await history(context, { ...options, on: [machine] });
  const lines = journal?.lines ?? [];
  const seen = lastSeen(lines, observation.memory, owner);
  const session = await context.hosts.session(machine, options.signal);
  const missing = seen.filter(({ key }) => !observation.answers.has(key)).map(({ key }) => queryOf(key));
  const more = await session.ask([...missing, ...INVENTORY], options.signal);
  const answers = new Map([...observation.answers, ...more]);
  const owned = new Set([...ownedBy(observation.memory, owner).keys(), ...seen.map(({ key }) => key)]);
  const last = runsOf(lines).findLast((run) => run.lines.some((line) => line.t === "done" && !line.skipped));
  return {
    machine,
    ...(last === undefined ? {} : { since: { run: last.number, time: last.time, by: last.header?.by ?? "" } }),
    managed: drifted(seen, answers),
    unmanaged: unmanaged(answers, (kind, name) => isManaged(kind, name, owned)),
    gaps: gapsIn(answers),
  };
}

/** A question that needs a value, such as that about a text with a secret, is asked by the plan only. */
function queryOf(key: string): Query {
  const at = key.indexOf(":");
  return { kind: key.slice(0, at), arg: key.slice(at + 1) };
}

const GAP = "inventory-gap:";

function gapsIn(answers: ReadonlyMap<string, string>): string[] {
  return [...answers].flatMap(([key, why]) =>
    key.startsWith(GAP) ? [`${key.slice(GAP.length)}: ${why.replaceAll("%20", " ")}`] : [],
  );
}
