/**
 * Rollouts: which of old, new and switch comes before which. The same for every place.
 *
 * Start first: new ones are proven, the switch moves traffic (and waits for the drain), the old ones go.
 * Stop first (an exclusive volume): the old ones are stopped (`pause`), the new ones start, the switch follows, the old
 * ones go. There is a gap; when a new one fails, the pause is undone and the old ones run again.
 */
export interface RolloutNode {
  readonly id: string;
  readonly group: string;
  readonly role: "new" | "switch" | "old" | "pause";
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
  const [fresh, switches, old, paused] = [ids("new"), ids("switch"), ids("old"), ids("pause")];
  const last = switches.length > 0 ? switches : fresh;
  return [...edges(paused, fresh), ...edges(fresh, switches), ...edges(last, old)];
}

function edges(before: readonly string[], after: readonly string[]): Edge[] {
  return before.flatMap((first) => after.map((second) => ({ before: first, after: second })));
}
