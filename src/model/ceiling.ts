import { type Answers, matches } from "./answer.ts";
import type { Planned } from "./change.ts";

/** What a change may do now: nothing is left to do, its steps may run, or the world moved. */
export type Verdict =
  | { readonly kind: "done" }
  | { readonly kind: "go" }
  | { readonly kind: "stale"; readonly why: string };

/**
 * The ceiling, for runs in the client. The runner on a host decides the same in sh: all keys at `to`: done; any at
 * neither `from` nor `to`: stale; else go.
 */
export function judge(change: Pick<Planned, "from" | "to">, answers: Answers): Verdict {
  const keys = [...new Set([...Object.keys(change.from), ...Object.keys(change.to)])];
  const seen = (key: string): string => answers.get(key) ?? "unknown why=no%20answer";
  const atTo = (key: string): boolean => matches(change.to[key] ?? change.from[key] ?? "", seen(key));
  if (keys.every(atTo)) return { kind: "done" };
  const moved = keys.find((key) => !atTo(key) && !matches(change.from[key] ?? "", seen(key)));
  if (moved === undefined) return { kind: "go" };
  return { kind: "stale", why: `${moved} is ${seen(moved)}; the plan saw ${change.from[moved] ?? change.to[moved]}` };
}
