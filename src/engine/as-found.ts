import { standIn } from "./known-after.ts";
import type { Node } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** Whether this node only sets something of a thing that others made. Pure. */
export function isAsFound(node: Node, shelves: Shelves): boolean {
  return node.kind === "keep" && typeOf(shelves, node.type).asFound?.(standIn(node.resource.spec)) === true;
}
