import { quote } from "../../lib/quote.ts";
import type { Step } from "../../model/step.ts";
import { NOT_SEEN } from "./compile-step.ts";

/**
 * The script of one item: the ceiling, the steps, the proof. All its changes are asked for together, before and after, and
 * their lines of the journal are synced together.
 *
 * Of several changes each runs its own steps (`steps_<n>`), and one that is blocked or fails stops none of the others; those of
 * one transaction (`steps_<at>`) run or fail together.
 */
export function itemRun(members: readonly number[], at: string, merged: readonly Step[] | undefined): string {
  const all = members.join(" ");
  return `
${merged === undefined ? blockedAlone(all) : blockedTogether(all)}
if [ -n "$members" ]; then
  A=$(ask_${at} 2>/dev/null </dev/null 9>&-); todo=; stale=
${merged === undefined ? "" : STALE_TOGETHER}
  for n in $members; do
    name_$n; check_$n
    skipped=true; case $BEGUN in *" $n "*) skipped=false ;; esac
    if [ $at_to = 1 ]; then record "\\"t\\":\\"done\\",\\"n\\":$n,\\"id\\":\\"$id\\",$extra,\\"skipped\\":$skipped,\\"answers\\":{$answers}"
    elif [ $allowed = 0 ]; then printed=out; : >"$scratch/out"; fail "$n" "$id" "$full" PLAN_STALE "$bad" 0 "$group"
    elif [ -n "$stale" ]; then by=$stale; block "$n" "$id" "$full"
    else todo="$todo $n"; record "\\"t\\":\\"start\\",\\"n\\":$n,\\"id\\":\\"$id\\",$extra,\\"from\\":{$answers}$spec"; fi
  done
  recorded
  if [ -n "$todo" ]; then
${merged === undefined ? RUN_ALONE : runTogether(at, merged)}
    A=$(ask_${at} 2>/dev/null </dev/null 9>&-); told=
    for n in $todo; do name_$n; check_$n; eval "code=\\$code_$n printed=\\$printed_$n kept=\\$kept_$n"; proven "$n"; done
    recorded
    [ -z "$BADGROUPS" ] || undo_groups
  fi
fi
`;
}

/** A change that cannot be done fails by itself, where nothing that it needs has failed. */
export function unmetRun(n: number, why: string | undefined): string[] {
  if (why === undefined) return [];
  const told = `printed=out; : >"$scratch/out"; fail ${n} "$id" "$full" UNKNOWN_STATE ${quote(why)} 0 "$group"`;
  const failed = `${told}; [ -z "$BADGROUPS" ] || undo_groups`;
  return [`name_${n}; if is_over ${n}; then :; elif needs_blocked; then block ${n} "$id" "$full"; else ${failed}; fi`];
}

/** One transaction is blocked as a whole. */
function blockedTogether(all: string): string {
  return `members=; for n in ${all}; do name_$n; is_over "$n" || members="$members $n"; done
for n in $members; do name_$n; if needs_blocked; then for n in $members; do name_$n; block "$n" "$id" "$full"; done; members=; break; fi; done`;
}

function blockedAlone(all: string): string {
  return `members=; for n in ${all}; do name_$n; if is_over "$n"; then :; elif needs_blocked; then block "$n" "$id" "$full"; else members="$members $n"; fi; done`;
}

/** Nor does it run when one of its changes may not: what it does is for all of them. */
const STALE_TOGETHER = `  for n in $members; do name_$n; check_$n; [ $at_to = 1 ] || [ $allowed = 1 ] || stale=$full; done`;

function runTogether(at: string, merged: readonly Step[]): string {
  // What a transaction replaces in one place is told with its first change; of several, none could be told apart.
  const keeps = merged.filter((step) => "keep" in step && step.keep === true).length === 1;
  const kept = keeps ? `[ ! -s "$dir/kept" ] || read -r kept <"$dir/kept"` : ":";
  return `    : >"$dir/kept"; ( steps_${at} ) >"$scratch/out" 2>&1 9>&-; code=$?; kept=; ${kept}
    for n in $todo; do eval "code_$n=$code printed_$n=out kept_$n=$kept"; kept=; done`;
}

/** Each prints into a file of its own, which the next item uses again. */
const RUN_ALONE = `    at_out=
    for n in $todo; do
      : >"$dir/kept"; ( steps_$n ) >"$scratch/out$at_out" 2>&1 9>&-; code=$?
      kept=; [ ! -s "$dir/kept" ] || read -r kept <"$dir/kept"
      eval "code_$n=$code printed_$n=out$at_out kept_$n=$kept"
      at_out=$((at_out + 1))
    done`;

/** Judges a change whose steps ran; reads `code`, `printed` and `kept`, and what `name_<n>` and `check_<n>` left. */
export const PROVEN = `
proven() { # n
  if [ $code = ${NOT_SEEN} ]; then fail "$1" "$id" "$full" PROBE_FAILED "$(ending "$scratch/$printed" 1 | head -c 500)" 0 "$group"
  elif [ $code != 0 ]; then fail "$1" "$id" "$full" STEP_FAILED "$(ending "$scratch/$printed" 2 | awk 'NR > 1 { printf "; " } { printf "%s", $0 }' | head -c 500)" $code "$group"
  elif [ $at_to = 0 ]; then fail "$1" "$id" "$full" NOT_CONVERGED "$bad" 0 "$group"
  else
    keep=; [ -z "$kept" ] || keep=",\\"kept\\":\\"$kept\\""
    # What one transaction printed is told with its first change.
    if [ -s "$scratch/$printed" ] && [ "$told" != "$printed" ]; then
      told=$printed; said=$(sed -n 's/^note: //p' "$scratch/$printed" | tail -n 5)
      [ -z "$said" ] || keep="$keep,\\"said\\":\\"$(json "$(printf '%s\\n' "$said" | hide)")\\""
    fi
    record "\\"t\\":\\"done\\",\\"n\\":$1,\\"id\\":\\"$id\\",$extra,\\"skipped\\":false,\\"answers\\":{$answers}$keep"
    [ -z "$group" ] || DONE="$1:$group $DONE"
  fi
}
`;
