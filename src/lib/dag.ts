/** A graph as adjacency: node -> the nodes that must come before it. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Thrown by `order` with the nodes of one cycle, first node repeated at the end. */
export class CycleError extends Error {
  readonly cycle: readonly string[];
  constructor(cycle: readonly string[]) {
    super(`cycle: ${cycle.join(" -> ")}`);
    this.cycle = cycle;
  }
}

/**
 * Orders nodes so that needs come first. Ties keep the order of insertion, so the same graph gives the same order.
 * `later(node)` nodes are taken only when no other node is ready: they gather, and end up next to each other.
 */
export function order(needs: Needs, later: (node: string) => boolean = () => false): string[] {
  const open = new Map<string, Set<string>>();
  for (const [node, before] of needs) open.set(node, new Set(before.filter((need) => needs.has(need))));
  const result: string[] = [];
  while (open.size > 0) {
    const ready = [...open].filter(([, before]) => before.size === 0).map(([node]) => node);
    if (ready.length === 0) throw new CycleError(findCycle(open));
    const now = ready.filter((node) => !later(node));
    const taken = now.length > 0 ? now : ready;
    for (const node of taken) open.delete(node);
    for (const before of open.values()) for (const node of taken) before.delete(node);
    result.push(...taken);
  }
  return result;
}

function findCycle(open: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let node = open.keys().next().value;
  while (node !== undefined && !path.includes(node)) {
    path.push(node);
    node = open.get(node)?.values().next().value;
  }
  return node === undefined ? path : [...path.slice(path.indexOf(node)), node];
}

/** All nodes that need `node`, directly or through others. */
export function dependants(needs: Needs, node: string): Set<string> {
  const found = new Set<string>();
  const visit = (target: string): void => {
    for (const [other, before] of needs) {
      if (before.includes(target) && !found.has(other)) {
        found.add(other);
        visit(other);
      }
    }
  };
  visit(node);
  return found;
}
