/** Part of `sync`: one exchange with HAProxy, and what it says of itself. */
export const talkPart = `# The master's pid, in $master; false when it does not run.
alive() {
  master=
  [ -e "$run/pid" ] || return 1
  [ -s "$run/pid" ] || sleep 0.05 # it is rewritten while the master starts again
  read -r master <"$run/pid" && is_ours "$master"
}

# Whether a process is this router's: its arguments (here without what is between them) name our pid file.
is_ours() {
  arguments=
  [ ! -r "/proc/$1/cmdline" ] || read -r arguments 2>/dev/null <"/proc/$1/cmdline"
  case $arguments in *"-p$run/pid"*) ;; *) return 1 ;; esac
  # A router in a container of this machine shows up in /proc, too, under the same arguments.
  [ "$(readlink "/proc/$1/ns/pid")" = "$(readlink /proc/self/ns/pid)" ]
}

# One exchange: $1 is a line of commands to the master, the answers come in $answer. The socket is away for a moment
# while the master starts again.
talk() {
  talk_left=40
  until answer=$(printf '%s\\n' "$1" | socat -t 10 - "UNIX-CONNECT:$run/master.sock" 2>/dev/null); do
    talk_left=$((talk_left - 1))
    [ "$talk_left" -gt 0 ] && alive || return 1
    sleep 0.05
  done
}

# The same for questions: again until the answer holds $1. A connection that the master left behind answers nothing.
ask() {
  clock
  ask_end=$((at + 1500))
  while talk "$2"; do
    case $answer in *"$1"*) return 0 ;; *"find the target PID"*) return 1 ;; esac
    clock
    [ "$at" -lt "$ask_end" ] || return 1
    sleep 0.05
  done
  return 1
}

# Many commands to the current worker: in several exchanges, for a line must fit into HAProxy's buffer.
tell() {
  told= tell_line=@1
  tell_rest=$1
  while [ -n "$tell_rest" ]; do
    tell_line="$tell_line; \${tell_rest%%"$nl"*}"
    tell_rest=\${tell_rest#*"$nl"}
    [ "\${#tell_line}" -lt 6000 ] && [ -n "$tell_rest" ] && continue
    talk "$tell_line" || fail 11 "the router does not answer on $run/master.sock"
    told=$told$answer$nl
    tell_line=@1
  done
}

# Calls $1 with the words of each line of $2, without starting a process. Nests: $1 and $2 are this call's own.
each_line() {
  set -f
  IFS=$nl
  for each in $2; do
    unset IFS
    set -f
    # shellcheck disable=SC2086
    $1 $each
  done
  unset IFS
  set +f
}

# A question to a worker that a reload has replaced; false when it is gone.
ask_old() {
  ask "$2" "@!$1; $3" && return
  [ ! -d "/proc/$1" ] || fail 11 "worker $1 does not answer"
  return 1
}

# What runs, from one exchange: $worker (the current one's pid), $olds, $reloads, $failed, $version, $loaded, and lines
# in $backends, $servers (backend server address:port operational admin), $entries (host backend).
facts() {
  worker= olds= reloads= failed= version= loaded= backends= servers= entries= facts_part=
  ask '# name' "show proc; @1; show info; show servers state; show map $map; show backend" || return 1
  each_line fact "$answer"
  [ -n "$worker" ]
}

fact() {
  case $facts_part:$1 in
    backend:*) backends=$backends$1$nl ;;
    *:'#<PID>') facts_part=master ;;
    *:Name:) facts_part=info ;;
    *:'#')
      case \${2-}\${3-} in
        workers) facts_part=worker ;;
        oldworkers) facts_part=old ;;
        be_id*) facts_part=server ;;
        name) facts_part=backend ;;
        *) facts_part= ;;
      esac
      ;;
    *:0x*) entries="$entries$2 \${3-}$nl" ;;
    server:*) fact_server "$@" ;;
    master:*) reloads=$3 failed=\${5%]} ;;
    worker:*) worker=$1 ;;
    old:*) olds="$olds $1" ;;
    info:Version:) version=$2 ;;
    info:description:) loaded=\${3-} ;;
  esac
}

fact_server() {
  case \${5-} in
    *:*) servers="$servers$2 $4 [$5]:\${19} $6 $7$nl" ;;
    ?*) servers="$servers$2 $4 $5:\${19} $6 $7$nl" ;;
  esac
}

# Whether line $2 is in $1, a text of whole lines.
has_line() {
  case $nl$1 in *"$nl$2$nl"*) return 0 ;; esac
  return 1
}
# The same for a line that begins with $2.
has_start() {
  case $nl$1 in *"$nl$2"*) return 0 ;; esac
  return 1
}
`;
