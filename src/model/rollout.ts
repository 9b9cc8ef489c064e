/**
 * Rollouts: which of old, new and switch comes before which. The same for every place.
 *
 * Start first: new ones are proven, the switch moves traffic (and waits for the drain), the old ones go.
 * Stop first (an exclusive volume): the old ones go, the new ones start, the switch follows. There is a gap.
 */
export interface RolloutNode {
  readonly id: string;
  readonly group: string;
  readonly role: "new" | "switch" | "old";
  readonly stopFirst?: boolean;
}

/** An edge: `after` needs `before`. */
export interface Edge {
  readonly before: string;
  readonly after: string;
}

export function rolloutEdges(nodes: readonly RolloutNode[]): Edge[] {
  const groups = Map.groupBy(nodes, (node) => node.group);
  return [...groups.values()].flatMap(groupEdges);
}

function groupEdges(nodes: readonly RolloutNode[]): Edge[] {
  const ids = (role: RolloutNode["role"]): string[] =>
    nodes.filter((node) => node.role === role).map((node) => node.id);
  const [fresh, switches, old] = [ids("new"), ids("switch"), ids("old")];
  const stopFirst = nodes.some((node) => node.stopFirst === true);
  return stopFirst
    ? [...edges(old, fresh), ...edges(fresh, switches), ...edges(old, switches)]
    : [...edges(fresh, switches), ...edges(switches, old), ...(switches.length === 0 ? edges(fresh, old) : [])];
}

function edges(before: readonly string[], after: readonly string[]): Edge[] {
  return before.flatMap((first) => after.map((second) => ({ before: first, after: second })));
}
