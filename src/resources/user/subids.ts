import { ANY } from "../../model/answer.ts";
import type { Step } from "../../model/step.ts";
import { type About, NO_PART, type Part } from "./part.ts";

/** Subordinate numbers: as many as are wanted, from the first free range, as useradd takes them. */
export function planSubids({ name, spec, state, answers }: About): Part {
  const { subids: count } = spec;
  if (count === undefined) return NO_PART;
  const key = `subids:${name}`;
  const seen = answers.get(key) ?? ANY;
  const before = state?.subids ?? { uids: "0", gids: "0" };
  const enough = (has: string): boolean => has === ANY || Number(has) >= count;
  if (state !== undefined && enough(before.uids) && enough(before.gids)) {
    return { ...NO_PART, from: { [key]: seen }, to: { [key]: seen } };
  }
  const after = (has: string): string => (state === undefined ? ANY : String(Math.max(Number(has), count)));
  const diff = (path: string, from: string) =>
    enough(from) && state !== undefined ? [] : [{ path, from, to: String(count) }];
  return {
    diff: [...diff("subuids", before.uids), ...diff("subgids", before.gids)],
    steps: [subidsStep(name, count)],
    from: { [key]: seen },
    to: { [key]: `subids uids=${after(before.uids)} gids=${after(before.gids)}` },
  };
}

/**
 * Adds what is missing, behind the last range that anybody has. usermod writes the files under their lock; it takes ranges
 * only, no counts. Run again it finds nothing missing.
 */
const ADD = `least() { awk -v key="$1" '$1 == key { found = $2 } END { print found + 0 }' /etc/login.defs; }
add() { # file key flag
  had=$(awk -F : -v name="$name" '$1 == name { sum += $3 } END { print sum + 0 }' "$1")
  [ "$had" -lt "$count" ] || return 0
  first=$(least "$2"); [ "$first" -gt 0 ] || first=100000
  first=$(awk -F : -v first="$first" '$2 + $3 > first { first = $2 + $3 } END { print first }' "$1")
  usermod "$3" "$first-$((first + count - had - 1))" -- "$name"
}
name=$1; count=$2
for file in /etc/subuid /etc/subgid; do [ -e "$file" ] || : >"$file"; chmod 0644 "$file"; done
add /etc/subuid SUB_UID_MIN --add-subuids && add /etc/subgid SUB_GID_MIN --add-subgids`;

function subidsStep(name: string, count: number): Step {
  return { kind: "exec", argv: ["sh", "-c", ADD, "sh", name, String(count)], within: 60 };
}
