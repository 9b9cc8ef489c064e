import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import { type Change, noop, type Planned } from "../model/change.ts";
import { factsOf } from "../model/facts.ts";
import type { Memory } from "../model/journal.ts";
import type { Problem } from "../model/plan.ts";
import { keyOf, type Query } from "../model/query.ts";
import type { Observed } from "../model/resource.ts";
import type { Node } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";

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
  readonly shelves: Shelves;
  /** Ids that this run adopts. */
  readonly adopt: ReadonlySet<string>;
}

/** Decides about one node on the simulated view. Pure. */
export function decide(node: Node, context: DecideContext): Decision {
  const type = typeOf(context.shelves, node.type);
  const seen = withOwners(type.parse(node.name, context.answers), node, context.memory);
  if (seen.kind === "unknown") return unknown(node, context, seen.why);
  const claim = claimOn(node, seen, context);
  if ("problem" in claim) return { kind: "problem", problem: claim.problem };
  try {
    const planned = plan(node, seen, context);
    return { kind: "change", change: asChange(node, planned, claim.found, context) };
  } catch (error) {
    if (!DroverError.is(error)) throw error;
    return problem(node, context, "CONFLICT", error.message, error.hint ?? "change one of them");
  }
}

function plan(node: Node, seen: Observed<unknown>, context: DecideContext): Planned {
  const type = typeOf(context.shelves, node.type);
  const facts = factsOf(context.answers);
  const about = { owner: context.owner, facts, answers: context.answers };
  if (node.kind === "pause") return type.pause?.(node.name, seen) ?? noop();
  return type.plan(node.name, node.kind === "keep" ? node.resource.spec : undefined, seen, about);
}

function withOwners(observed: Observed<unknown>, node: Node, memory: Memory): Observed<unknown> {
  if (observed.kind !== "present") return observed;
  const recorded = (memory.owned[`${node.type}:${node.name}`] ?? []).filter((owned) => owned.found !== true);
  return { ...observed, owners: [...new Set([...observed.owners, ...recorded.map((owned) => owned.owner)])] };
}

/** Whose it is, and whether that lets us go on. */
function claimOn(
  node: Node,
  seen: Observed<unknown>,
  context: DecideContext,
): { found: boolean } | { problem: Problem } {
  if (seen.kind !== "present" || seen.owners.includes(context.owner)) return { found: false };
  const id = `${node.type}:${node.name}`;
  const type = typeOf(context.shelves, node.type);
  const other = seen.owners[0];
  if (type.sharing === "shared") return { found: other === undefined };
  if (context.adopt.has(node.id)) return { found: false };
  const make = (code: "CONFLICT" | "FOREIGN", message: string, hint: string): { problem: Problem } => ({
    problem: { code, message, hint, id: node.id, machine: context.machine },
  });
  return other === undefined
    ? make("FOREIGN", `${id} is there already and is not ours`, `to take it over as it is: drover adopt ${node.id}`)
    : make(
        "CONFLICT",
        `${id} belongs to ${other}, and ${context.owner} wants it, too`,
        "give one of them another name",
      );
}

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

function asChange(node: Node, planned: Planned, found: boolean, context: DecideContext): Change {
  const rollout = rolloutOf(node);
  const brought = node.kind === "keep" ? node.resource.brought : node.kind === "remove" ? node.brought : undefined;
  const app = node.app;
  const queries = furtherQueries(node, planned, context);
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

/** Questions of this change that need more than their key to be asked again on the host. */
function furtherQueries(node: Node, planned: Planned, context: DecideContext): Query[] {
  const spec = node.kind === "keep" ? node.resource.spec : undefined;
  const keys = new Set([...Object.keys(planned.from), ...Object.keys(planned.to)]);
  const all = typeOf(context.shelves, node.type).query([{ name: node.name, spec }], context.owner);
  return all.filter((query) => query.extra !== undefined && keys.has(keyOf(query)));
}
