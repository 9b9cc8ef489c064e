import type { Options } from "../api.ts";
import type { PlanResult } from "../engine/plan.ts";
import { type Undo, undoTo } from "../engine/undo.ts";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { quoteAll } from "../lib/quote.ts";
import { type Answers, isUnknown, matches } from "../model/answer.ts";
import type { Problem } from "../model/plan.ts";
import { type Run, runNamed, runsOf } from "../model/runs.ts";
import { ownerOf } from "../model/stack.ts";
import { type Context, planAndKeep, planningFor } from "./context.ts";
import { history } from "./look.ts";

/** Plans that a machine goes back to what an earlier run left; default the one before the last that changed something. */
export async function planUndo(
  context: Context,
  machine: string,
  to: string | undefined,
  options: Options,
): Promise<{ readonly result: PlanResult; readonly notes: readonly string[] }> {
  const undo = onlyOf(await readUndo(context, machine, to, options), machine, options.only);
  const planning = await planningFor(context, options);
  const ids = Object.keys(undo.things).map((id) => `${machine}/${id}`);
  if (ids.length === 0) throw nothingToUndo(machine, undo);
  const hold = { [machine]: { to: undo.to, things: undo.things } };
  const desired = { ...planning.desired, hold };
  const result = await planAndKeep(context, { ...planning, desired, on: [machine], only: ids, patience: true });
  const problems = result.plan.problems.map((one) => stuck(one, result.plan.problems, undo, machine, to));
  const seen = result.observations.get(machine)?.answers ?? new Map<string, string>();
  return {
    result: { ...result, plan: { ...result.plan, problems } },
    notes: [...undo.notes, ...notWhole(undo, result, seen)],
  };
}

/** The part of it that is asked for, by `type:name` or `machine/type:name`. */
function onlyOf(undo: Undo, machine: string, only: readonly string[] = []): Undo {
  if (only.length === 0) return undo;
  const wanted = only.map((word) => (word.startsWith(`${machine}/`) ? word.slice(machine.length + 1) : word));
  const known = Object.keys(undo.things);
  const stray = wanted.find((word) => !known.includes(word));
  if (stray !== undefined) throw notChanged(stray, known, machine, undo);
  const part = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([id]) => wanted.includes(id)));
  return { ...undo, things: part(undo.things), before: part(undo.before), notes: [] };
}

function notChanged(word: string, known: readonly string[], machine: string, undo: Undo): DroverError {
  const meant = nearest(word, known);
  const text = `nothing called ${word} on ${machine} can go back to run ${undo.to}`;
  return new DroverError("USAGE", meant === undefined ? text : `${text}; did you mean ${meant}?`, {
    where: { machine },
    evidence: undo.notes,
    hint: known.length === 0 ? `drover history ${machine}` : `these can: ${known.join(", ")}`,
  });
}

/** What cannot go back keeps nothing else from it: the fix is to leave it out. */
function stuck(
  problem: Problem,
  all: readonly Problem[],
  undo: Undo,
  machine: string,
  to: string | undefined,
): Problem {
  const local = (id: string | undefined): string => id?.slice(machine.length + 1) ?? "";
  if (undo.things[local(problem.id)] === undefined) return problem;
  const others = Object.keys(undo.things).filter((id) => !all.some((one) => local(one.id) === id));
  const command = ["drover", "undo", machine, ...(to === undefined ? [] : ["--to", to])];
  const hint =
    others.length === 0
      ? `${problem.hint}; until then it stays as it is: nothing else was changed since`
      : `leave it out: ${quoteAll([...command, ...others.flatMap((id) => ["--only", id])])}`;
  const why = problem.message.replace(`${local(problem.id)}: `, "");
  return { ...problem, message: `${local(problem.id)} cannot go back to run ${undo.to}: ${why}`, hint };
}

async function readUndo(context: Context, machine: string, to: string | undefined, options: Options): Promise<Undo> {
  const [journal] = await history(context, { ...options, on: [machine] });
  const lines = journal?.lines ?? [];
  const runs = runsOf(lines);
  const run = to === undefined ? beforeLast(runs, ownerOf(context.stack), machine) : runNamed(to, runs, machine);
  return undoTo(run, lines, ownerOf(context.stack), context.shelves);
}

/** The run before the last one of this stack that changed something; before the first there is nothing. */
function beforeLast(runs: readonly Run[], owner: string, machine: string): Run {
  const last = runs.findLast((run) => run.lines.some((line) => line.t === "start" && line.owner === owner));
  if (last === undefined) {
    throw new DroverError("USAGE", `no run of this stack changed anything on ${machine}`, {
      where: { machine },
      hint: `drover history ${machine}`,
    });
  }
  const before = runs.find((run) => run.number === last.number - 1);
  return before ?? { ...last, number: 0, id: "0 (before the first)", last: 0, lines: [] };
}

function nothingToUndo(machine: string, undo: Undo): DroverError {
  return new DroverError("USAGE", `nothing was changed on ${machine} since run ${undo.to}`, {
    where: { machine },
    evidence: undo.notes,
    hint: `drover history ${machine}`,
  });
}

/** What does not come back to the byte: said before anything is applied. */
function notWhole(undo: Undo, { plan }: PlanResult, seen: Answers): string[] {
  const changes = new Map(plan.hosts.flatMap((host) => host.changes).map((one) => [`${one.type}:${one.name}`, one]));
  return Object.entries(undo.before).flatMap(([id, before]) => {
    const to = changes.get(id)?.to ?? {};
    const lost = Object.entries(before).filter(([key, answer]) => {
      if (isUnknown(answer) || answer.includes("secret=")) return false;
      const then = to[key] ?? seen.get(key);
      return then !== undefined && !matches(then, answer) && !matches(answer, then);
    });
    return lost.map(([key, answer]) => `${id} does not come back whole: ${key} was ${answer}`);
  });
}
