import { randomBytes } from "node:crypto";
import type { ApplyOptions, Failure, Outcome, ProvenUrl } from "../api.ts";
import { applyPrograms, type HostOutcome } from "../engine/apply.ts";
import type { Observation } from "../engine/observe.ts";
import { programOf } from "../engine/program.ts";
import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { Plan, Unreached } from "../model/plan.ts";
import { isEmpty } from "../model/plan.ts";
import type { Context } from "./context.ts";
import { lookBeforeKept } from "./kept-plan.ts";
import { knownMachines } from "./machines.ts";
import { proveAll } from "./prove-all.ts";
import { rollingOf } from "./rolling.ts";
import { newRunId, runHeader } from "./run-header.ts";
import { secretNames } from "./secret-values.ts";
import { supplier } from "./supply.ts";

/** Runs a plan: what runs is what was shown, and done is said after it was seen. */
export async function applyPlan(context: Context, plan: Plan, options: ApplyOptions): Promise<Outcome> {
  refuse(plan, options);
  await lookBeforeKept(plan, context, options);
  const built = new Set<string>();
  const emit: Emit = (event) => {
    if (event.event === "built") built.add(`${event.machine} ${event.app}`);
    options.emit(event);
  };
  const outcomes = isEmpty(plan) ? [] : await run(plan, context, { ...options, emit });
  const failures = outcomes.flatMap((outcome) => [...failuresOf(outcome), ...unprovenChanges(outcome)]);
  const changed = countChanged(plan, outcomes, built);
  const urls: ProvenUrl[] = failures.length > 0 ? [] : await proveAll(plan, context, options);
  const unproven = urls.filter((url) => url.from === "nowhere").map(unprovenFailure);
  const all = [...failures, ...unproven, ...(plan.unreached ?? []).map(closedFailure)];
  options.emit({ event: "done", ok: all.length === 0, changed, exchanges: await context.hosts.exchanges() });
  const left = outcomes.flatMap(({ machine, left: why }) => (why === undefined ? [] : [{ machine, why }]));
  return { ok: all.length === 0, changed, failures: all, urls, ...(left.length === 0 ? {} : { left }) };
}

/** Changes that were done, those among them whose image was built by this run before its turn came. */
function countChanged({ hosts }: Plan, outcomes: readonly HostOutcome[], built: ReadonlySet<string>): number {
  const images = new Set(
    hosts.flatMap(({ machine, builds }) =>
      builds.filter(({ app }) => built.has(`${machine} ${app}`)).map(({ image }) => `${machine} image:${image}`),
    ),
  );
  return outcomes.flatMap(({ machine, lines }) =>
    lines.filter((line) => line.t === "done" && (!line.skipped || images.has(`${machine} ${line.id}`))),
  ).length;
}

function refuse(plan: Plan, options: ApplyOptions): void {
  const [first] = plan.problems;
  if (first !== undefined) {
    throw new DroverError(first.code, first.message, {
      hint: first.hint,
      ...(first.machine === undefined ? {} : { where: { machine: first.machine } }),
      evidence: plan.problems.slice(1).map((problem) => problem.message),
    });
  }
  const lost = plan.hosts.flatMap((host) => host.changes).filter((change) => change.destroys !== undefined);
  if (lost.length > 0 && !options.allowDelete) {
    throw new DroverError("NEEDS_CONSENT", "this plan destroys data", {
      evidence: lost.map((change) => `${change.id}: ${change.destroys}`),
      hint: "add --allow-delete if that is what you want",
    });
  }
}

async function run(plan: Plan, context: Context, options: ApplyOptions): Promise<HostOutcome[]> {
  const header = await runHeader(context.stack, options.command);
  const id = newRunId(Date.now(), randomBytes(4).toString("hex"));
  const machines = knownMachines(plan, context);
  const programs = new Map(
    plan.hosts
      .filter((host) => !isEmpty({ ...plan, hosts: [host] }))
      .map((host) => [
        host.machine,
        {
          ...programOf(
            signed(host, header.by),
            id,
            { ...header, machine: host.machine, machines },
            context.shelves,
            checkpointOf(context.seen.get(host.machine)),
          ),
          hides: secretNames(context.stack, host.machine),
        },
      ]),
  );
  const supply = supplier(plan, context, options);
  return applyPrograms(programs, {
    hosts: context.hosts,
    secrets: options.secrets,
    supply,
    shelves: context.shelves,
    seen: new Map([...context.seen].map(([machine, seen]) => [machine, seen.answers])),
    rolling: rollingOf(plan, context.stack, options),
    emit: options.emit,
    signal: options.signal,
  });
}

/** Lines after which the fold is written down, so that the one exchange stays short. */
const FOLD_AFTER = 200;

/** The fold of the journal as it was seen, with its number on the first line. */
function checkpointOf(seen: Observation | undefined): string | undefined {
  if (seen === undefined || seen.lines.length < FOLD_AFTER) return undefined;
  return `${seen.memory.seq}\n${JSON.stringify(seen.memory)}`;
}

/** Pins say who set them. */
function signed(host: Plan["hosts"][number], by: string): Plan["hosts"][number] {
  return {
    ...host,
    records: host.records.map((note) => (note.kind === "pin" || note.kind === "hold" ? { ...note, by } : note)),
  };
}

function failuresOf(outcome: HostOutcome): Failure[] {
  const failed = outcome.lines.flatMap((line): Failure[] =>
    line.t === "failed"
      ? [
          {
            machine: outcome.machine,
            id: line.id,
            code: line.code,
            message: line.message,
            evidence: line.output.split("\n").filter((text) => text !== ""),
            hint: hintFor(line.code),
          },
        ]
      : [],
  );
  if (outcome.error === undefined) return failed.length > 0 ? failed : unfinished(outcome);
  const { code, message, evidence, hint = "", where } = outcome.error;
  return [
    ...failed,
    { machine: outcome.machine, id: where.app ?? where.resource ?? "", code, message, evidence, hint },
  ];
}

function unfinished(outcome: HostOutcome): Failure[] {
  const end = outcome.lines.find((line) => line.t === "end");
  if (outcome.lines.length === 0 || end?.ok === true) return [];
  const message = end === undefined ? "the run's end was not seen" : "the run ended before it was done";
  return [
    {
      machine: outcome.machine,
      id: "",
      code: "STEP_FAILED",
      message,
      evidence: [],
      hint: "run the same command again",
    },
  ];
}

function hintFor(code: string): string {
  switch (code) {
    case "PLAN_STALE":
      return "it changed since the plan was made: look at what is there now with `drover plan`, then run `drover up`";
    case "PROBE_FAILED":
      return "the release before it still serves; mend the app, then run the command again";
    case "NOT_CONVERGED":
      return "the steps ran, and something undid or prevented their effect: look at what else manages it";
    default:
      return "mend what the lines above say, then run the command again: it finishes the rest";
  }
}

/** A machine that did not let us in: the others went on. */
function closedFailure({ machine, code, message, evidence, hint }: Unreached): Failure {
  return { machine, id: "", code, message, evidence, hint };
}

function unprovenFailure(url: ProvenUrl): Failure {
  const seen = url.status === 0 ? "no answer" : `status ${url.status}`;
  const message = `${url.url} is not served: ${seen}`;
  return { machine: "", id: url.app, code: "PROBE_FAILED", message, evidence: [], hint: `drover logs ${url.app}` };
}

/** What was done and did not stay so. */
function unprovenChanges({ machine, unproven }: HostOutcome): Failure[] {
  const hint = hintFor("NOT_CONVERGED");
  return unproven.map((one) => ({ machine, ...one, code: "NOT_CONVERGED", evidence: [], hint }));
}
