import { ABSENT, type Answer, isUnknown, matches } from "../model/answer.ts";
import type { Change } from "../model/change.ts";
import { keyOf, type Query } from "../model/query.ts";
import type { Session } from "../model/session.ts";

/** What is not as the plan promised, although each change was proven in its turn. */
export interface Unproven {
  readonly id: string;
  readonly message: string;
}

/** Reads everything that changes promised once more, in one exchange, when all of them are done. */
export async function verify(changes: readonly Change[], session: Session, signal: AbortSignal): Promise<Unproven[]> {
  const promised = promises(changes);
  if (promised.size === 0) return [];
  const answers = await session.ask(
    [...promised.values()].map((one) => one.query),
    signal,
  );
  return [...promised].flatMap(([key, { change, answer }]) => {
    const seen = answers.get(key) ?? "unknown why=no%20answer";
    // What could answer, or a unit's package, may have been removed by this very plan; the runner proved each in its turn.
    const isGone = change.action === "delete" && (isUnknown(seen) || seen === ABSENT);
    if (matches(answer, seen) || isGone) return [];
    return [{ id: `${change.type}:${change.name}`, message: `${key} is ${seen}, and the plan promised ${answer}` }];
  });
}

interface Promised {
  readonly change: Change;
  readonly answer: Answer;
  readonly query: Query;
}

/** The last promise about each key: a thing may be stopped first and removed later. Pure. */
export function promises(changes: readonly Change[]): Map<string, Promised> {
  const all = new Map<string, Promised>();
  for (const change of changes) {
    const further = new Map((change.queries ?? []).map((query) => [keyOf(query), query]));
    for (const [key, answer] of Object.entries(change.to)) {
      const at = key.indexOf(":");
      const query = further.get(key) ?? { kind: key.slice(0, at), arg: key.slice(at + 1) };
      all.set(key, { change, answer, query });
    }
  }
  return all;
}
