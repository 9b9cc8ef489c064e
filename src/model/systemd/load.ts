import { ANY, type Answers } from "../answer.ts";
import type { Change } from "../change.ts";
import type { Effect } from "../effect.ts";
import type { Asker } from "../query.ts";
import type { ExecStep, Step } from "../step.ts";
import { isTemplate } from "./name.ts";

/**
 * `unit-load:<unit>`: what systemd has read of a unit: `load state=loaded|not-found|bad-setting|masked|... stale=yes|no`.
 * Stale is what changed on the disk since. A template has no state of its own (`state=template`): it is stale when an
 * instance that systemd knows is. `none` where no systemd runs. One `systemctl show` for all.
 */
export const UNIT_LOAD: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
if [ ! -d /run/systemd/system ]; then
  for load_n in "$@"; do line "unit-load:$load_n" none; done; exit
fi
load_units=; load_rest=; load_olds=$nl
for load_n in "$@"; do
  case $load_n in
    *@.*) load_units=$load_units\${load_n%%@*}@*.\${load_n##*.}$nl ;;
    *) load_units=$load_units$load_n$nl ;;
  esac
done
load_said() { # the properties of one unit are read
  IFS=' '
  for load_n in $load_names; do
    load_rest="$load_rest$nl$load_n state=$load_state stale=$load_stale"
    case $load_n in *@*) [ "$load_stale" != yes ] || load_olds=$load_olds\${load_n%%@*}@.\${load_n##*.}$nl ;; esac
  done
  IFS=$nl; load_names=; load_stale=no
}
load_names=; load_state=; load_stale=no
if load_shown=$(systemctl show --no-pager -p Id -p Names -p LoadState -p NeedDaemonReload -- $load_units); then
  for load_l in $(printf '%s\\n' "$load_shown" | sed 's/^$/--/') --; do
    case $load_l in
      --) load_said ;;
      # Among its names one with a backslash is spelled otherwise.
      Id=*) load_names=\${load_l#*=} ;;
      Names=*) load_names="$load_names \${load_l#*=}" ;;
      LoadState=*) load_state=\${load_l#*=} ;;
      NeedDaemonReload=*) load_stale=\${load_l#*=} ;;
    esac
  done
  load_failed=no
else load_failed=yes; fi
for load_n in "$@"; do
  case $load_failed:$load_n in
    yes:*) line "unit-load:$load_n" 'unknown why=systemd%20does%20not%20answer'; continue ;;
    *@.*)
      case $load_olds in *"$nl$load_n$nl"*) load_stale=yes ;; *) load_stale=no ;; esac
      line "unit-load:$load_n" "load state=template stale=$load_stale"; continue ;;
  esac
  load_one=\${load_rest#*"$nl$load_n "}
  if [ "$load_one" = "$load_rest" ]; then line "unit-load:$load_n" 'unknown why=systemd%20does%20not%20know%20its%20name'
  else line "unit-load:$load_n" "load \${load_one%%"$nl"*}"; fi
done
)`;

export function loadKey(unit: string): string {
  return `unit-load:${unit}`;
}

/** systemd has read a unit as it is on the disk. Whatever it had read before, reading it again is right. */
export function isRead(unit: string): Effect {
  const state = isTemplate(unit) ? "template" : "loaded";
  return { key: loadKey(unit), from: ANY, to: `load state=${state} stale=no`, label: "in systemd" };
}

/** systemd holds nothing of a unit that is not on the disk any more. */
export function isCurrent(unit: string, answers: Answers): Effect {
  const seen = answers.get(loadKey(unit)) ?? "";
  // Where no systemd runs there is nothing to be held.
  return { key: loadKey(unit), from: ANY, to: seen === "none" ? seen : "load state=* stale=no", label: "in systemd" };
}

export const RELOAD: ExecStep = {
  kind: "exec",
  argv: ["sh", "-c", "[ ! -d /run/systemd/system ] || exec systemctl daemon-reload"],
};

/** The steps of several units, with one reload for all of them at the end. */
export function reloadOnce(changes: readonly Change[]): Step[] {
  const steps = changes.flatMap((change) => change.steps);
  const isReload = (step: Step): boolean => step.kind === "exec" && step.argv.join(" ") === RELOAD.argv.join(" ");
  return steps.some(isReload) ? [...steps.filter((step) => !isReload(step)), RELOAD] : steps;
}
