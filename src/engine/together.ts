import type { Planned } from "../model/change.ts";
import type { Memory, Owned } from "../model/journal.ts";
import type { Node } from "./nodes.ts";

/**
 * What another stack made and this one uses, too, is owned by both: the first that lets it go leaves it to the other.
 * Without a record of who else counts on it, whoever made it would take it away. Pure.
 */
export function together(node: Node, planned: Planned, owner: string, memory: Memory): Planned {
  const owners = (memory.owned[`${node.type}:${node.name}`] ?? []).filter((owned) => owned.found !== true);
  const others = owners.filter((owned) => owned.owner !== owner);
  if (others.length === 0) return planned;
  const names = others.map((owned) => owned.owner).join(", ");
  if (node.kind === "remove" && node.brought !== true && planned.action === "delete") {
    const diff = [{ path: "owned", from: "yes", to: "no" }];
    const notes = [`it stays: ${names} has it, too`];
    return { action: "delete", diff, steps: [], from: planned.from, to: planned.from, notes };
  }
  if (node.kind !== "keep" || planned.action !== "noop" || owners.length > others.length) return planned;
  if (isKept(node.resource.brought, others)) return planned;
  const diff = [{ path: "owners", from: names, to: `${names}, ${owner}` }];
  return { ...planned, action: "update", diff, from: planned.to };
}

/** What places brought goes when nobody has anything on the machine any more, whoever owns it. */
function isKept(brought: boolean | undefined, others: readonly Owned[]): boolean {
  return brought === true && others.some((owned) => owned.brought === true);
}

/** Whether another stack has anything of its own here; what it found, and what was brought for it, keeps nothing. */
export function hasOthers(memory: Memory, owner: string): boolean {
  return Object.values(memory.owned).some((owners) =>
    owners.some((owned) => owned.owner !== owner && owned.found !== true && owned.brought !== true),
  );
}

/** The last stack on a machine takes over what was brought for those before it: nobody else could take it away. */
export function inherited(memory: Memory, owner: string): Memory {
  if (hasOthers(memory, owner)) return memory;
  const owned = Object.entries(memory.owned).map(([id, owners]): [string, readonly Owned[]] => {
    const brought = owners.find((one) => one.brought === true && one.found !== true);
    const isOurs = owners.some((one) => one.owner === owner);
    return [id, brought === undefined || isOurs ? owners : [...owners, { ...brought, owner }]];
  });
  return { ...memory, owned: Object.fromEntries(owned) };
}
