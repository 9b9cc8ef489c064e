import { FORMAT } from "../../model/journal.ts";
import { PRELUDE } from "./prelude.ts";
import { PROXY } from "./proxy.ts";

/**
 * Runs one command on a target for as long as its client wants it to: `mark run begun ended user argv...`. The command has
 * a session of its own, nothing to read, and no end of time. When standard input ends or a signal comes, all of it is
 * ended. What is noted in the journal is noted under the lock, before the command begins and when it has ended; where that
 * cannot be, it is told, and the command runs all the same: it may be the one that makes room on a full disk.
 *
 * On a line after the mark, on standard error: `unrecorded why`, `exit code`; and on standard output, after all that the
 * command itself has printed there: `end`. All else is the command's own, or of what it left running.
 */
export const COMMAND = `${PRELUDE}${PROXY}
mark=$1; RUN=$2; begun=$3; ended=$4; user=$5; shift 5
exec 3<&0
say() { printf '\\n%s %s\\n' "$mark" "$1" >&2; }
append() { # rest of the note's object
  [ -d "$DROVER_STATE" ] || { mkdir -p "$DROVER_STATE" && chmod 700 "$DROVER_STATE"; } || return
  exec 9>>"$DROVER_STATE/lock" || return
  append_look=0
  until flock -n 9; do
    append_look=$((append_look + 1))
    [ $append_look -lt 50 ] || { printf 'held '; tr -d '\\n' <"$DROVER_STATE/holder"; return 1; }
    sleep 0.2
  done
  append_journal=$DROVER_STATE/journal; append_seq=0
  if [ -s "$append_journal" ]; then
    append_format=$(sed -n 's/.*"t":"begin","format":\\([0-9]*\\).*/\\1/p' "$append_journal" | sort -n | tail -n 1)
    [ "\${append_format:-0}" -le ${FORMAT} ] || { printf 'this machine was last changed by a newer Drover'; return 1; }
    [ -z "$(tail -c 1 "$append_journal")" ] || printf '\\n' >>"$append_journal" || return
    append_seq=$(($(wc -l <"$append_journal")))
  fi
  printf '{"seq":%s,"time":"%s","run":"%s","t":"note","note":{%s}}\\n' $((append_seq + 1)) "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$RUN" "$1" >>"$append_journal" || return
  sync "$append_journal" 2>/dev/null || sync
}
record() {
  record_why=$( (append "$1") 2>&1) || say "unrecorded $(printf '%s' "$record_why" | tail -n 1)"
}
stop() {
  # Until it has its session it is a process of ours.
  kill -TERM "-$job" 2>/dev/null || kill -TERM "$job" 2>/dev/null
  stop_look=0
  while kill -0 "-$job" 2>/dev/null && [ $stop_look -lt 50 ]; do stop_look=$((stop_look + 1)); sleep 0.1; done
  kill -KILL "-$job" 2>/dev/null
}
finish() {
  record "$ended,\\"code\\":$1"
  say "exit $1"
  printf '\\n%s end\\n' "$mark" 2>/dev/null
  exit 0
}
trap '' PIPE
record "$begun"
unset LC_ALL; umask 022
if [ -n "$user" ]; then
  user_id=$(id -u "$user" 2>/dev/null) || { printf 'there is no user %s\\n' "$user" >&2; finish 1; }
  case $(setpriv --help 2>&1) in
    *--reuid*) set -- setpriv --reuid "$user_id" --regid "$(id -g "$user")" --init-groups --reset-env -- "$@" ;;
    *) set -- su -s /bin/sh -c 'exec "$@"' -- "$user" sh "$@" ;;
  esac
fi
job=; watch=; is_over=
trap 'is_over=1; [ -z "$watch" ] || kill "$watch" 2>/dev/null; [ -z "$job" ] || stop' HUP INT TERM
( trap - PIPE HUP INT TERM; exec setsid "$@" ) </dev/null 3<&- &
job=$!
[ -z "$is_over" ] || stop
( trap - HUP INT TERM; while IFS= read -r told; do :; done; stop ) <&3 >/dev/null 2>&1 &
watch=$!
await_job() { { wait "$job"; } 2>/dev/null; }
await_job; code=$?
while kill -0 "$job" 2>/dev/null; do await_job; code=$?; done
trap '' HUP INT TERM
# A signal ends the wait with a code of its own; the command's is still to be had, unless it was had already.
if [ -n "$is_over" ]; then await_job; own_code=$?; [ $own_code = 127 ] || code=$own_code; fi
kill "$watch" 2>/dev/null
finish "$code"
`;
