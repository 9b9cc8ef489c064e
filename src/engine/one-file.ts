import { DroverError } from "../lib/error.ts";
import type { Memory } from "../model/journal.ts";
import { isAsFound } from "./as-found.ts";
import type { Node } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** A thing under another name, and whose it is. */
export interface OtherName {
  readonly id: string;
  readonly owner: string;
}

/** Refuses two things of one machine that are the same file: each run, the later would undo the other. Pure. */
export function refuseOneFileTwice(nodes: readonly Node[], shelves: Shelves): void {
  const seen = new Map<string, string>();
  for (const node of nodes) {
    const path = node.kind === "keep" && !isAsFound(node, shelves) ? pathOf(node, shelves) : undefined;
    if (path === undefined) continue;
    const first = seen.get(path);
    if (first !== undefined) {
      throw new DroverError("CONFIG_INVALID", `${first} and ${node.id} are both the file ${path}`, {
        where: { resource: node.id },
        hint: "take one of them out, or give one another name",
      });
    }
    seen.set(path, node.id);
  }
}

/** By the journal, who else has the file of this node, as a thing of another type. Pure. */
export function otherNameOf(node: Node, memory: Memory, shelves: Shelves): OtherName | undefined {
  const path = pathOf(node, shelves);
  if (path === undefined) return undefined;
  for (const [id, owned] of Object.entries(memory.owned)) {
    const at = id.indexOf(":");
    const [type, name] = [id.slice(0, at), id.slice(at + 1)];
    const owner = owned.find(({ found }) => found !== true)?.owner;
    if (type === node.type || owner === undefined || shelves.types[type] === undefined) continue;
    if (pathOf({ type, name }, shelves) === path) return { id, owner };
  }
  return undefined;
}

function pathOf({ type, name }: Pick<Node, "type" | "name">, shelves: Shelves): string | undefined {
  return typeOf(shelves, type).path?.(name);
}
