import { DEAD_RUNS } from "./dead-runs.ts";
import { PROVEN } from "./item-run.ts";
import { RUNNER_END } from "./runner-end.ts";
import { RUNNER_FILES } from "./runner-files.ts";
import { RUNNER_JOURNAL } from "./runner-journal.ts";

/**
 * The runner's own functions. It is started detached, holds the lock, executes items one by one, writes a synced
 * journal line for each, and needs no client alive. Generated code (compile.ts) calls these.
 *
 * Names: `dir` the run's folder, `hot` its folder for secrets (tmpfs), `scratch` the one of both where what is printed
 * lies (hide.ts), `A` answers of the item at hand.
 */
export const RUNNER = `${DEAD_RUNS}LC_ALL=C
export DROVER_STATE
${RUNNER_JOURNAL}${RUNNER_FILES}# Ends the processes of a session that a dead runner left behind.
end_session() { # session id
  for end_signal in TERM KILL; do
    end_found=
    for end_p in /proc/[0-9]*; do
      end_s=$(cat "$end_p/stat" 2>/dev/null) || continue
      set -- "$1" \${end_s##*) }
      [ "$5" = "$1" ] && [ "\${end_p#/proc/}" != $$ ] && { kill -$end_signal "\${end_p#/proc/}" 2>/dev/null; end_found=1; }
      set -- "$1"
    done
    [ -n "$end_found" ] || return 0
    sleep 1
  done
}
take_lock() {
  mkdir -p "$DROVER_STATE/blobs" "$DROVER_STATE/services" "$DROVER_RUN" && chmod 700 "$DROVER_STATE" "$DROVER_STATE/blobs" "$DROVER_RUN"
  exec 9>>"$DROVER_STATE/lock"
  if ! flock -n 9; then refuse LOCKED "$(cat "$DROVER_STATE/holder" 2>/dev/null)"; fi
  if [ -r "$DROVER_STATE/holder-process" ]; then
    read -r held_pid held_start held_session held_boot <"$DROVER_STATE/holder-process"
    if [ "$held_boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(started "$held_pid")" != "$held_start" ] && [ "$held_session" != "$(my_session)" ]; then
      end_session "$held_session"
    fi
  fi
  sweep_runs
  if [ -s "$DROVER_STATE/staged" ]; then rm -rf -- "$(cat "$DROVER_STATE/staged")"; : >"$DROVER_STATE/staged"; fi
  printf '%s\\n' "$HOLDER" >"$DROVER_STATE/holder"
  printf '%s %s %s %s\\n' $$ "$(started $$)" "$(my_session)" "$(cat /proc/sys/kernel/random/boot_id)" >"$DROVER_STATE/holder-process"
  # Whoever reads it goes by it from now on: it may not be another after a power cut.
  [ -s "$DROVER_STATE/machine-id" ] || { tr -d '-' </proc/sys/kernel/random/uuid >"$DROVER_STATE/machine-id"; durable "$DROVER_STATE/machine-id"; }
  if [ ! -s "$DROVER_STATE/key" ]; then
    own_key=$(head -c 64 /dev/urandom | sha256sum)
    printf '%s\\n' "\${own_key%% *}" >"$DROVER_STATE/key.new" && durable "$DROVER_STATE/key.new" && mv -f "$DROVER_STATE/key.new" "$DROVER_STATE/key"
  fi
  if [ -s "$DROVER_STATE/journal" ] && [ -n "$(tail -c 1 "$DROVER_STATE/journal")" ]; then printf '\\n' >>"$DROVER_STATE/journal"; fi
  if [ -e "$DROVER_STATE/journal" ]; then seq=$(wc -l <"$DROVER_STATE/journal"); seq=$((seq)); else seq=0; : >"$DROVER_STATE/journal"; durable "$DROVER_STATE"; fi
}
# Names of runs hold nothing that a shell would cut.
sweep_runs() {
  for sweep_run in $(dead_runs); do
    [ "\${sweep_run%.new}" != "$RUN" ] || continue
    rm -rf -- "$DROVER_RUN/\${sweep_run%.new}"
    case $sweep_run in *.new) rm -rf -- "$DROVER_STATE/runs/$sweep_run" ;; esac
  done
}
my_session() { my_s=$(cat /proc/$$/stat); set -- \${my_s##*) }; printf '%s' "$4"; }
refuse() { # code message
  printf '{"code":"%s","message":"%s"}\\n' "$1" "$(json "$2")" >"$dir/refused.new"; mv "$dir/refused.new" "$dir/refused"
  rm -rf "$hot"; exit 1
}
answer_of() { # key -> REPLY
  REPLY="$nl$A$nl"
  case $REPLY in
    *"$nl$1$tab"*) REPLY=\${REPLY#*"$nl$1$tab"}; REPLY=\${REPLY%%"$nl"*} ;;
    *) REPLY='unknown why=no%20answer' ;;
  esac
}
failed=0; FAILED=; BADGROUPS=; DONE=; changed=0; ME=$(id -un):$(id -gn)
blocked_by() { # group, ids... -> by
  blocked_group=$1; shift; by=
  for blocked_need in "$@"; do case "$nl$FAILED$nl" in *"$nl$blocked_need$nl"*) by=$blocked_need; return 0 ;; esac; done
  [ -n "$blocked_group" ] || return 1
  case "$nl$BADGROUPS$nl" in *"$nl$blocked_group$nl"*) by=$blocked_group; return 0 ;; esac
  return 1
}
block() { # n id full-id
  FAILED="$FAILED$nl$3"; failed=$((failed + 1))
  journal "\\"t\\":\\"blocked\\",\\"n\\":$1,\\"id\\":\\"$2\\",\\"by\\":\\"$(json "$by")\\""
}
fail() { # n id full-id code message exit group
  FAILED="$FAILED$nl$3"; failed=$((failed + 1))
  if [ -n "$7" ]; then BADGROUPS="$BADGROUPS$nl$7"; fi
  evidence_$1 >"$scratch/evidence" 2>&1 9>&-
  out=$( { ending "$scratch/$printed" 40; hide <"$scratch/evidence"; } 2>/dev/null | tail -c 8000)
  journal "\\"t\\":\\"failed\\",\\"n\\":$1,\\"id\\":\\"$2\\",\\"code\\":\\"$4\\",\\"message\\":\\"$(json "$5")\\",\\"exit\\":$6,\\"output\\":\\"$(json "$out")\\""
  # What never began is not undone: it would take away what somebody else did meanwhile.
  if [ "$undoes" = 1 ] && [ "$4" != PLAN_STALE ]; then ( undo_$1 ) >/dev/null 2>&1 9>&-; journal "\\"t\\":\\"undone\\",\\"n\\":$1,\\"id\\":\\"$2\\""; fi
}
# Undoes what a failed rollout did before its switch, newest first; other rollouts' entries stay.
undo_groups() {
  undo_rest=
  for undo_entry in $DONE; do
    undo_n=\${undo_entry%%:*}; undo_group=\${undo_entry#*:}
    case "$nl$BADGROUPS$nl" in
      *"$nl$undo_group$nl"*)
        ( undo_$undo_n ) >/dev/null 2>&1 9>&-
        name_$undo_n; journal "\\"t\\":\\"undone\\",\\"n\\":$undo_n,\\"id\\":\\"$id\\"" ;;
      *) undo_rest="$undo_rest $undo_entry" ;;
    esac
  done
  DONE=$undo_rest
}
run_exec() { # within exits input argv...
  exec_within=$1; exec_exits=$2; exec_input=$3; shift 3
  timeout -k 10 "$exec_within" "$@" <"$exec_input" 9>&-
  exec_code=$?
  case " $exec_exits " in *" $exec_code "*) return 0 ;; esac
  if [ $exec_code = 124 ] || [ $exec_code = 137 ]; then printf '%s: no end within %s s\\n' "$1" "$exec_within"; else printf '%s: exit code %s\\n' "$1" "$exec_code"; fi
  return $exec_code
}
run_detached() { # log argv...
  detached_log=$1; shift
  mkdir -p "\${detached_log%/*}"
  setsid "$@" </dev/null >>"$detached_log" 2>&1 9>&- &
}
call() { # socket method path payload statuses within
  call_length=0; [ "$4" = /dev/null ] || call_length=$(($(wc -c <"$4")))
  { printf '%s %s HTTP/1.0\\r\\nHost: drover\\r\\nConnection: close\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\n\\r\\n' "$2" "$3" "$call_length"; cat -- "$4"; } |
    timeout -k 10 "$6" socat -t "$6" - "UNIX-CONNECT:$1,shut-none" >"$scratch/response" 2>"$scratch/response.err" 9>&-
  call_status=$(sed -n '1s/^HTTP[^ ]* \\([0-9]*\\).*/\\1/p' "$scratch/response")
  case " $5 " in *" \${call_status:-none} "*) return 0 ;; esac
  printf '%s %s: %s\\n' "$2" "$3" "\${call_status:-no answer}"; sed -e '1,/^.$/d' "$scratch/response" | head -c 2000; cat "$scratch/response.err"
  return 1
}
uptime_s() { read -r uptime_now uptime_rest </proc/uptime; REPLY=\${uptime_now%%.*}; }
await_segment() { # number
  [ -e "$dir/segment.$1" ] && return 0
  journal "\\"t\\":\\"waiting\\",\\"segment\\":$1"
  wait_seen=; uptime_s; wait_since=$REPLY
  while [ ! -e "$dir/segment.$1" ]; do
    [ -e "$dir/cancel" ] && return 1
    wait_now=$(cat "$dir/client" 2>/dev/null); uptime_s
    if [ "$wait_now" != "$wait_seen" ]; then wait_seen=$wait_now; wait_since=$REPLY; fi
    [ $((REPLY - wait_since)) -ge 25 ] && return 1
    sleep 0.2
  done
}
${RUNNER_END}${PROVEN}`;
