import { quote } from "../../lib/quote.ts";
import type { Change } from "../../model/change.ts";
import type { Program } from "../../model/program.ts";
import type { Askers } from "../../model/query.ts";
import { askerFunctions, OWN_ASKERS } from "./ask.ts";
import { HIDE } from "./hide.ts";
import { PRELUDE } from "./prelude.ts";
import { RUNNER } from "./runner-text.ts";

/** Seconds that a client has to come in anew before what could lock it out is put back. */
export const CONFIRM_WITHIN = 25;
/** Seconds after which it is put back also when the runner is gone. A started machine puts it back at once. */
const REVERT_AFTER = 45;

/**
 * Changes that could lock out whoever makes them: before the first, putting them back is armed on disk, by a timer and for the
 * next boot; only a connection that is made anew disarms it. The guard's file of a segment holds everything that it takes.
 */
export const GUARD = `
guard_unit=/etc/systemd/system/drover-guard.service
guard_wants=/etc/systemd/system/multi-user.target.wants/drover-guard.service
guard_script=/etc/init.d/drover-guard
guard_boot() { # arms it for a boot, with whatever init there is; the service itself is not started now
  if [ -d /run/systemd/system ]; then
    printf '%s\\n' '[Unit]' 'Description=Put back what Drover changed and nobody confirmed' 'After=local-fs.target' \\
      'Before=network-pre.target ssh.service sshd.service nftables.service' '[Service]' 'Type=oneshot' 'TimeoutStartSec=60' \\
      "ExecStart=/bin/sh -c 'exec /bin/sh \\"$(printf '$(cat %s)' "$DROVER_STATE/guard/armed")\\" boot'" '[Install]' 'WantedBy=multi-user.target' >"$guard_unit.new" &&
      durable "$guard_unit.new" && mv -f "$guard_unit.new" "$guard_unit" && mkdir -p "\${guard_wants%/*}" && ln -sf "$guard_unit" "$guard_wants" && durable "\${guard_wants%/*}" && durable "\${guard_unit%/*}"
  elif [ -d /etc/rcS.d ]; then
    printf '%s\\n' '#!/bin/sh' '### BEGIN INIT INFO' '# Provides: drover-guard' '# Required-Start: $local_fs' '# Required-Stop:' \\
      '# X-Start-Before: networking nftables drover-firewall' '# Default-Start: S' '# Default-Stop:' \\
      '# Short-Description: Put back what Drover changed and nobody confirmed' '### END INIT INFO' "[ \\"\\$1\\" != start ] || exec /bin/sh \\"\\$(cat $DROVER_STATE/guard/armed)\\" boot" >"$guard_script.new" &&
      chmod 755 "$guard_script.new" && durable "$guard_script.new" && mv -f "$guard_script.new" "$guard_script" && guard_link && durable /etc/rcS.d && durable /etc/init.d
  fi
}
guard_order=/etc/init.d/.depend.boot
guard_link() { # where the boot goes by insserv's order, a link that is not in it is passed over
  if [ -s $guard_order ]; then
    (umask 022; update-rc.d drover-guard defaults) >/dev/null 2>&1; durable $guard_order
    grep -q '^TARGETS.* drover-guard\\( \\|$\\)' $guard_order
  else ln -sf ../init.d/drover-guard /etc/rcS.d/S99drover-guard; fi
}
guard_unlink() {
  [ ! -s $guard_order ] || (umask 022; update-rc.d drover-guard remove) >/dev/null 2>&1
  rm -f /etc/rcS.d/S[0-9][0-9]drover-guard "$guard_script"
}
guard_timer() {
  if [ -d /run/systemd/system ] && systemd-run --quiet --collect --on-active=${REVERT_AFTER} --timer-property=AccuracySec=1s --unit="drover-guard-$RUN" /bin/sh "$1" timer >/dev/null 2>&1; then return 0; fi
  setsid sh -c 'sleep ${REVERT_AFTER}; exec /bin/sh "$1" timer' sh "$1" </dev/null >/dev/null 2>&1 9>&- &
}
guard_arm() { # segment
  mkdir -p "$DROVER_STATE/guard" && printf '%s\\n' "$dir/guard.$1" >"$DROVER_STATE/guard/armed.new" && durable "$DROVER_STATE/guard/armed.new" &&
    guard_boot && mv -f "$DROVER_STATE/guard/armed.new" "$DROVER_STATE/guard/armed" && durable "$DROVER_STATE/guard" && guard_timer "$dir/guard.$1"
}
guard_clear() { # what was armed is not needed any more
  rm -f "$DROVER_STATE/guard/armed" "$guard_wants" "$guard_unit"
  [ ! -e "$guard_script" ] || guard_unlink
  durable "$DROVER_STATE/guard"
  [ ! -d /run/systemd/system ] || systemctl stop "drover-guard-$1.timer" >/dev/null 2>&1
}
guard_armed() { [ -s "$DROVER_STATE/guard/armed" ] && [ "$(cat "$DROVER_STATE/guard/armed")" = "$1" ]; }
guard_begin() { # segment
  guard_failed=$failed
  if ! guard_arm "$1"; then by='the guard could not be armed'; guard_clear "$RUN"; return 1; fi
  journal "\\"t\\":\\"guard\\",\\"segment\\":$1,\\"state\\":\\"armed\\""
}
guard_end() { # segment: waits for a connection made anew, or puts everything back
  guard_says='one of the changes that could lock you out failed: all of them were put back'
  if [ "$failed" = "$guard_failed" ]; then
    journal "\\"t\\":\\"guard\\",\\"segment\\":$1,\\"state\\":\\"asking\\""
    uptime_s; guard_until=$((REPLY + ${CONFIRM_WITHIN}))
    while [ ! -e "$dir/confirm.$1" ] && [ ! -e "$dir/deny.$1" ] && guard_armed "$dir/guard.$1"; do
      uptime_s; [ "$REPLY" -lt $guard_until ] || break
      sleep 0.2
    done
    if [ -e "$dir/confirm.$1" ] && /bin/sh "$dir/guard.$1" confirm 9>&-; then
      journal "\\"t\\":\\"guard\\",\\"segment\\":$1,\\"state\\":\\"confirmed\\""; return 0
    fi
    guard_says='nobody could come in anew within ${CONFIRM_WITHIN} s: what could lock you out was put back'
  fi
  /bin/sh "$dir/guard.$1" now >/dev/null 2>&1 9>&-
  guard_told "$dir/guard.$1" "$RUN" "$guard_says"
  rm -f "$DROVER_STATE/guard/reverted"
  failed=$((failed + 1))
}
guard_told() { # guard file, its run, what happened: into the journal
  guard_run=$RUN
  /bin/sh "$1" lines "$3" 9>&- >"$dir/guard.lines"
  RUN=$2; while IFS= read -r guard_line; do journal "$guard_line"; done <"$dir/guard.lines"; RUN=$guard_run
}
# What a runner that died had armed is put back before anything else; what was put back without a runner is told.
guard_left() {
  if [ -s "$DROVER_STATE/guard/armed" ]; then /bin/sh "$(cat "$DROVER_STATE/guard/armed")" now >/dev/null 2>&1 9>&-; fi
  [ -s "$DROVER_STATE/guard/reverted" ] || return 0
  read -r guard_by guard_file <"$DROVER_STATE/guard/reverted"
  guard_told "$guard_file" "$guard_by" 'nobody confirmed what could lock you out, and it was put back'
  rm -f "$DROVER_STATE/guard/reverted"
}
`;

/** The guard's file of a segment: with it alone, and no runner, client or network, its changes are put back. */
export function guardFile(
  program: Program,
  segment: number,
  changes: ReadonlyArray<{ readonly change: Change; readonly n: number; readonly undo: string; readonly name: string }>,
  askers: Askers,
): string {
  const back = changes.toReversed();
  return [
    PRELUDE,
    `RUN=${quote(program.id)}; dir=$DROVER_STATE/runs/$RUN; hot=$DROVER_RUN/$RUN; me=$dir/guard.${segment}`,
    RUNNER,
    HIDE,
    GUARD,
    askerFunctions({ ...askers, ...OWN_ASKERS }),
    ...changes.flatMap(({ name, undo }) => [name, undo]),
    `if [ "$1" = lines ]; then`,
    ...lineCommands(changes.map(({ n }) => n)),
    `  exit 0`,
    `fi`,
    `mkdir -p "$DROVER_STATE/guard"; exec 8>>"$DROVER_STATE/guard/lock"; flock 8; guard_armed "$me" || exit 1`,
    `if [ "$1" = confirm ]; then guard_clear "$RUN"; exit 0; fi`,
    ...back.map(({ n }) => `( undo_${n} ) >>"$dir/guard.log" 2>&1 8>&-`),
    `printf '%s %s\\n' "$RUN" "$me" >"$DROVER_STATE/guard/reverted"; durable "$DROVER_STATE/guard/reverted"`,
    `guard_clear "$RUN"`,
    "",
  ].join("\n");
}

/** The journal's lines about what was put back: one failure for all, and that each was undone. */
function lineCommands(numbers: readonly number[]): string[] {
  const [first = 0] = numbers;
  return [
    `  name_${first}; printf '"t":"failed","n":${first},"id":"%s","code":"LOCKED_OUT","message":"%s","exit":0,"output":"%s"\\n' "$id" "$(json "$2")" "$(json "$(tail -c 4000 "$dir/guard.log" 2>/dev/null)")"`,
    ...numbers.toReversed().map((n) => `  name_${n}; printf '"t":"undone","n":${n},"id":"%s",%s\\n' "$id" "$extra"`),
  ];
}
