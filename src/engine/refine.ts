import { DroverError } from "../lib/error.ts";
import { type AnswerMap, type Answers, matches } from "../model/answer.ts";
import { setAnswers } from "../model/ask/view.ts";
import type { Change, Planned } from "../model/change.ts";
import { factsOf } from "../model/facts.ts";
import type { Item, Program, Segment } from "../model/program.ts";
import { fillOutputs, outputRefsIn } from "../model/reference.ts";
import type { Json } from "../model/secret.ts";
import { fitting, furtherQueries } from "./filled.ts";
import { itemOf } from "./items.ts";
import { outputsFrom, type Views } from "./outputs.ts";
import { type Shelves, typeOf } from "./shelves.ts";

export interface Refining {
  readonly owner: string;
  readonly shelves: Shelves;
  /** What every machine answers by now. */
  readonly views: Views;
}

/** The program with a segment's pending changes planned once more, now that what they refer to is known. Pure. */
export function refineSegment(machine: string, program: Program, index: number, refining: Refining): Program {
  const segments = program.segments.map((segment, at) =>
    at === index ? { ...segment, items: refineItems(machine, segment, refining) } : segment,
  );
  return { ...program, segments };
}

function refineItems(machine: string, segment: Segment, refining: Refining): Item[] {
  const answers = new Map(refining.views.get(machine) ?? []);
  const context = { ...refining, views: new Map([...refining.views, [machine, answers]]) };
  return segment.items.map((item): Item => {
    if (item.kind !== "changes") return item;
    const unmet: Record<string, string> = {};
    const changes = item.changes.map((change) => {
      const now = refine(machine, change, context);
      if (typeof now === "string") {
        unmet[change.id] = now;
        return change;
      }
      setAnswers(answers, now.to);
      return now;
    });
    if (changes.every((change, at) => change === item.changes[at] && unmet[change.id] === undefined)) return item;
    const done = itemOf(changes, refining.shelves, (change) => unmet[change.id] === undefined);
    return Object.keys(unmet).length === 0 ? done : { ...done, unmet };
  });
}

/**
 * Within what was shown: the same thing, brought to a state that the shown one allows. Throws `PLAN_STALE` otherwise. A text
 * says why it cannot be done: what it refers to is not known by now.
 */
export function refine(machine: string, change: Change, { owner, shelves, views }: Refining): Change | string {
  if (change.pending === undefined) return change;
  const answers = views.get(machine) ?? new Map<string, string>();
  const spec = fillOutputs(change.pending, outputsFrom(machine, views, shelves));
  const [missing] = outputRefsIn(spec);
  if (missing !== undefined) {
    return `it refers to ${missing.output} of ${missing.ref}, which is not known: that is not there, or could not be read`;
  }
  const planned = planNow(change, spec, answers, owner, shelves);
  const wider = Object.entries(planned.to).find(([key, answer]) => !allows(change.to, key, answer));
  if (wider !== undefined || (planned.destroys !== undefined && change.destroys === undefined)) {
    const [key, answer] = wider ?? [change.id, planned.destroys];
    throw new DroverError(
      "PLAN_STALE",
      `${key} would become ${answer}, and the plan showed ${change.to[key] ?? "nothing of it"}`,
      {
        where: { machine, resource: change.id },
        hint: "run the command again to see the plan with what is known now",
      },
    );
  }
  const { pending: _known, undo: _undo, evidence: _evidence, ...shown } = change;
  const queries = furtherQueries(typeOf(shelves, change.type), { name: change.name, spec }, planned, owner);
  return { ...shown, ...planned, action: change.action, ...(queries.length > 0 ? { queries } : {}) };
}

function planNow(change: Change, spec: Json, answers: Answers, owner: string, shelves: Shelves): Planned {
  const type = typeOf(shelves, change.type);
  const about = { owner, facts: factsOf(answers), answers };
  return type.plan(change.name, fitting(type, change.id, spec), type.parse(change.name, answers), about);
}

function allows(shown: AnswerMap, key: string, answer: string): boolean {
  const promised = shown[key];
  return promised !== undefined && matches(promised, answer);
}
