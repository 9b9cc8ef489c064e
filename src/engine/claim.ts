import type { Problem } from "../model/plan.ts";
import type { Observed } from "../model/resource.ts";
import { isAsFound } from "./as-found.ts";
import type { DecideContext } from "./decide.ts";
import type { Node } from "./nodes.ts";
import { otherNameOf } from "./one-file.ts";
import { typeOf } from "./shelves.ts";

/** Of an exclusive type nobody else may use what one stack found and set something of. */
export function withOwners(observed: Observed<unknown>, node: Node, context: DecideContext): Observed<unknown> {
  if (observed.kind !== "present") return observed;
  const { memory, owner, shelves } = context;
  const isExclusive = typeOf(shelves, node.type).sharing === "exclusive";
  const recorded = (memory.owned[`${node.type}:${node.name}`] ?? []).filter(
    (owned) => owned.found !== true || (isExclusive && owned.owner !== owner),
  );
  return { ...observed, owners: [...new Set([...observed.owners, ...recorded.map((owned) => owned.owner)])] };
}

/** Whose it is, and whether that lets us go on. */
export function claimOn(
  node: Node,
  seen: Observed<unknown>,
  context: DecideContext,
): { found: boolean } | { problem: Problem } {
  const type = typeOf(context.shelves, node.type);
  const asFound = isAsFound(node, context.shelves);
  if (seen.kind !== "present") return { found: asFound };
  if (seen.owners.includes(context.owner)) return { found: false };
  const id = `${node.type}:${node.name}`;
  const other = seen.owners[0];
  if (type.sharing === "shared") return { found: other === undefined };
  if (context.adopt.has(node.id)) return { found: false };
  if (asFound && other === undefined) return { found: true };
  const make = (code: "CONFLICT" | "FOREIGN", message: string, hint: string): { problem: Problem } => ({
    problem: { code, message, hint, id: node.id, machine: context.machine },
  });
  const named = other === undefined ? otherNameOf(node, context.memory, context.shelves) : undefined;
  if (named !== undefined) {
    const [whose, hint] =
      named.owner === context.owner
        ? ["this stack", `to hand it over: drover forget ${context.machine}/${named.id}, then drover adopt ${node.id}`]
        : [named.owner, "give one of them another name"];
    return make("CONFLICT", `${id} is there already, as ${named.id} of ${whose}`, hint);
  }
  return other === undefined
    ? make("FOREIGN", `${id} is there already and is not ours`, `to take it over as it is: drover adopt ${node.id}`)
    : make(
        "CONFLICT",
        `${id} belongs to ${other}, and ${context.owner} wants it, too`,
        "give one of them another name",
      );
}
