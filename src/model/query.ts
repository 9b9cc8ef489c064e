import type { Key } from "./answer.ts";
import type { Text } from "./secret.ts";

/**
 * A question to a target. Its answer comes under the key `kind:arg`; an asker may answer further keys besides
 * (a question for a whole set answers one key for each member).
 */
export interface Query {
  /** Which asker answers it: a shell function `ask_<kind>`. */
  readonly kind: string;
  /** What is asked about: a path, a unit, a name. No control characters. */
  readonly arg: string;
  /** More arguments for askers that need them; such questions are asked one by one. May hold secrets. */
  readonly extra?: readonly Text[];
  /** Those of one kind that have the same word here are asked by one call, each with its `extra` after it. Without secrets. */
  readonly together?: string;
}

/**
 * How a kind of question is answered on a target: the body of a POSIX sh function that gets the `arg`s of all
 * questions of its kind as "$@" (so that one `stat` or one `dpkg-query` answers all), changes nothing, and prints
 * `kind:arg<TAB>answer` lines. Questions with `extra` call it with one arg and its extras.
 */
export type Asker = string;
export type Askers = Readonly<Record<string, Asker>>;

export function keyOf(query: Query): Key {
  return `${query.kind}:${query.arg}`;
}

/** The first of each key, in order. */
export function distinct(queries: readonly Query[]): Query[] {
  const byKey = new Map<Key, Query>();
  for (const query of queries) if (!byKey.has(keyOf(query))) byKey.set(keyOf(query), query);
  return [...byKey.values()];
}
