import type { Change } from "../model/change.ts";

/**
 * Changes that could lock us out come last, as far as edges allow: nothing waits for a new connection that could be done before.
 * What they need comes with them where it needs one of them itself. Pure.
 */
export function guardedLast(changes: readonly Change[], all: readonly Change[]): Change[] {
  const { before, group, after } = splitGuarded(changes, all);
  return [...before, ...group, ...after];
}

export interface Guarded {
  readonly before: readonly Change[];
  /** From the first that is guarded to the last: confirmed or put back together. */
  readonly group: readonly Change[];
  readonly after: readonly Change[];
}

export function splitGuarded(changes: readonly Change[], all: readonly Change[]): Guarded {
  const guarded = new Set(changes.filter((change) => change.guards !== undefined).map((change) => change.id));
  if (guarded.size === 0) return { before: changes, group: [], after: [] };
  const byId = new Map(all.map((change) => [change.id, change]));
  const needing = reaching(guarded, all);
  // Of those that come after a guarded one, what another guarded one needs is made within the group.
  const needed = new Set([...guarded].flatMap((id) => [...needsOf(id, byId)]));
  const inGroup = (id: string): boolean => guarded.has(id) || (needing.has(id) && needed.has(id));
  return {
    before: changes.filter(({ id }) => !inGroup(id) && !needing.has(id)),
    group: changes.filter(({ id }) => inGroup(id)),
    after: changes.filter(({ id }) => !inGroup(id) && needing.has(id)),
  };
}

/** All that directly or indirectly need one of these, on whatever machine. */
function reaching(ids: ReadonlySet<string>, all: readonly Change[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const { id, needs } of all) {
      if (found.has(id) || !needs.some((need) => ids.has(need) || found.has(need))) continue;
      found.add(id);
      grew = true;
    }
  }
  return found;
}

function needsOf(
  id: string,
  byId: ReadonlyMap<string, Change>,
  found: Set<string> = new Set<string>(),
): ReadonlySet<string> {
  for (const need of byId.get(id)?.needs ?? []) {
    if (found.has(need)) continue;
    found.add(need);
    needsOf(need, byId, found);
  }
  return found;
}
