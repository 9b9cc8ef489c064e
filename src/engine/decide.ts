import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import { type Change, noop, type Planned } from "../model/change.ts";
import { factsOf } from "../model/facts.ts";
import type { Memory } from "../model/journal.ts";
import type { Problem } from "../model/plan.ts";
import { fillOutputs, type Outputs, outputRefsIn } from "../model/reference.ts";
import type { Observed } from "../model/resource.ts";
import { type Json, secretsIn } from "../model/secret.ts";
import { claimOn, withOwners } from "./claim.ts";
import { fitting, furtherQueries } from "./filled.ts";
import { planUnknown, standIn } from "./known-after.ts";
import type { Node } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";
import { together } from "./together.ts";

/** What decides about one node: a change (perhaps a noop), or what stands in its way. */
export type Decision =
  | { readonly kind: "change"; readonly change: Change }
  | { readonly kind: "problem"; readonly problem: Problem };

export interface DecideContext {
  readonly machine: string;
  readonly owner: string;
  readonly memory: Memory;
  /** Answers as they will be when this node's turn comes. */
  readonly answers: Answers;
  readonly needs: readonly string[];
  /** Whether one of these changes in this run. */
  readonly unsettled: boolean;
  readonly shelves: Shelves;
  /** Ids that this run adopts. */
  readonly adopt: ReadonlySet<string>;
  /** What things before it give. */
  readonly outputs: Outputs;
}

/** Decides about one node on the simulated view. Pure. */
export function decide(node: Node, context: DecideContext): Decision {
  const type = typeOf(context.shelves, node.type);
  if (node.kind === "remove" && node.found === true) {
    return { kind: "change", change: asChange(node, undefined, LET_GO, true, context) };
  }
  const seen = withOwners(type.parse(node.name, context.answers), node, context);
  if (seen.kind === "unknown") return unknown(node, context, seen.why);
  const claim = claimOn(node, seen, context);
  if ("problem" in claim) return { kind: "problem", problem: claim.problem };
  try {
    const spec = node.kind === "keep" ? fillOutputs(node.resource.spec, context.outputs) : undefined;
    const planned = together(node, plan(node, spec, seen, context), context.owner, context.memory);
    return { kind: "change", change: asChange(node, spec, planned, claim.found, context) };
  } catch (error) {
    if (!DroverError.is(error)) throw error;
    const code = error.code === "CONFIG_INVALID" || error.code === "PREFLIGHT" ? error.code : "CONFLICT";
    return problem(node, context, code, error.message, error.hint ?? "change one of them");
  }
}

function plan(node: Node, spec: Json | undefined, seen: Observed<unknown>, context: DecideContext): Planned {
  const type = typeOf(context.shelves, node.type);
  const facts = factsOf(context.answers);
  const purge = node.kind === "remove" && node.brought === true;
  const owners = context.memory.owned[`${node.type}:${node.name}`] ?? [];
  const hadSecret = owners.some((owned) => owned.secret === true);
  const { owner, answers, unsettled } = context;
  const about = { owner, facts, answers, unsettled, purge, hadSecret };
  if (node.kind === "pause") return type.pause?.(node.name, seen) ?? noop();
  const id = `${node.type}:${node.name}`;
  // Only what was referred to can have come in since the file was checked; what an undo holds was never in the file.
  const refers = node.kind === "keep" && outputRefsIn(node.resource.spec).length > 0;
  const decide = (filled: Json): Planned =>
    type.plan(node.name, refers ? fitting(type, id, filled) : filled, seen, about);
  if (spec === undefined) return type.plan(node.name, undefined, seen, about);
  return outputRefsIn(spec).length > 0 ? planUnknown(spec, decide) : decide(spec);
}

/** What we found is not looked at when it is let go of: whatever became of it, it is not ours. */
const LET_GO: Planned = {
  action: "delete",
  diff: [{ path: "owned", from: "yes", to: "no" }],
  steps: [],
  from: {},
  to: {},
  notes: ["it stays as it is: it was not made by this stack"],
};

function unknown(node: Node, context: DecideContext, why: string): Decision {
  const rights = /right|permission|denied/i.test(why);
  const hint = rights
    ? "connect as root, or as a user with sudo"
    : "mend that on the machine, or take the resource out of the file; nothing was changed";
  const message = `${node.type}:${node.name}${rights ? " could not be read" : ""}: ${why}`;
  return problem(node, context, "UNKNOWN_STATE", message, hint);
}

function problem(node: Node, context: DecideContext, code: Problem["code"], message: string, hint: string): Decision {
  return { kind: "problem", problem: { code, message, hint, id: node.id, machine: context.machine } };
}

function asChange(
  node: Node,
  spec: Json | undefined,
  planned: Planned,
  found: boolean,
  context: DecideContext,
): Change {
  const rollout = rolloutOf(node);
  const brought = node.kind === "keep" ? node.resource.brought : node.kind === "remove" ? node.brought : undefined;
  const app = node.app;
  const wanted = { name: node.name, spec: spec === undefined ? undefined : standIn(spec) };
  const queries = furtherQueries(typeOf(context.shelves, node.type), wanted, planned, context.owner);
  const guards =
    planned.action === "noop"
      ? undefined
      : typeOf(context.shelves, node.type).guards?.(node.name, factsOf(context.answers));
  const isPending = planned.action !== "noop" && outputRefsIn(spec).length > 0;
  return {
    ...planned,
    id: node.id,
    type: node.type,
    name: node.kind === "pause" ? `${node.name}#pause` : node.name,
    on: context.machine,
    needs: context.needs,
    ...(queries.length === 0 ? {} : { queries }),
    ...(app === undefined ? {} : { app }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(brought === true ? { brought: true } : {}),
    ...(found ? { found: true } : {}),
    ...(guards === undefined ? {} : { guards }),
    ...(planned.action !== "noop" && secretsIn(spec).size > 0 && spec !== undefined ? { secretSpec: spec } : {}),
    ...(isPending && spec !== undefined ? { pending: spec, steps: [], undo: [], evidence: [] } : {}),
  };
}

function rolloutOf(node: Node): Change["rollout"] {
  if (node.kind === "keep") {
    const rollout = node.resource.rollout;
    return rollout === undefined ? undefined : { group: rollout.group, role: rollout.role };
  }
  if (node.group === undefined) return undefined;
  return { group: node.group, role: node.kind === "pause" ? "pause" : "old" };
}
