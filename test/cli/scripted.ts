import type { Drover, Outcome } from "../../src/api.ts";
import { asPlan } from "../../src/engine/plan.ts";
import type { Change } from "../../src/model/change.ts";
import type { HostPlan, Plan, Problem } from "../../src/model/plan.ts";

/** What an engine of a script says; everything that a test does not give is empty. */
export interface Script {
  readonly plan?: Plan;
  readonly outcome?: Outcome;
  readonly more?: Partial<Drover>;
}

export interface Scripted extends Drover {
  /** The verbs that were called, in order. */
  readonly calls: string[];
}

/** An engine that says what a test wants, so that the command line's own part can be seen: what it shows, asks, exits with. */
export function scripted({ plan = planOf([]), outcome = DONE, more = {} }: Script): Scripted {
  const calls: string[] = [];
  const planning =
    (verb: string): Drover["plan"] =>
    async (_stack, { emit }) => {
      calls.push(verb);
      emit({ event: "planned", plan });
      return plan;
    };
  return {
    calls,
    plan: planning("plan"),
    planDown: planning("planDown"),
    planRollback: (stack, app, release, options) => planning(`planRollback ${app} ${release ?? ""}`)(stack, options),
    planUndo: (stack, machine, to, options) => planning(`planUndo ${machine} ${to ?? ""}`)(stack, options),
    planOwnership: (stack, verb, ids, options) => planning(`${verb} ${ids.join(" ")}`)(stack, options),
    async apply(_stack, applied, { command, allowDelete, emit }) {
      calls.push(`apply ${command} ${applied.digest === plan.digest ? "same" : "other"} ${allowDelete}`);
      emit({ event: "done", ok: outcome.ok, changed: outcome.changed, exchanges: {} });
      return outcome;
    },
    status: async () => [],
    releases: async () => [],
    history: async () => [],
    drift: async () => [],
    runbook: async () => [],
    async *logs() {},
    async *run() {},
    doctor: async () => [],
    async [Symbol.asyncDispose]() {},
    ...more,
  };
}

export const DONE: Outcome = { ok: true, changed: 0, failures: [], urls: [] };

export function planOf(
  changes: readonly Change[],
  more: Partial<HostPlan> = {},
  problems: readonly Problem[] = [],
): Plan {
  const host: HostPlan = {
    machine: "here",
    machineId: "m1",
    changes,
    unchanged: 2,
    builds: [],
    releases: [],
    records: [],
    urls: [],
    ...more,
  };
  const stack = {
    id: "gb-1",
    name: "guestbook",
    environment: "production",
    hasId: true,
    machines: {},
    resources: {},
    apps: {},
    folder: "/",
  };
  return asPlan(stack, [host], [], problems);
}

export function changeOf(action: Change["action"], name: string, more: Partial<Change> = {}): Change {
  const id = `here/file:${name}`;
  return { id, type: "file", name, on: "here", needs: [], action, diff: [], steps: [], from: {}, to: {}, ...more };
}
