/** Part of `sync`: start, stop, reload. */
export const runPart = `start() {
  alive && return
  # Somebody may have been killed just after starting it, before its pid was known. Two would share the port.
  start_left=100
  while running_ours && ! alive; do start_wait; done
  if alive; then
    :
  elif by_systemd; then
    systemctl start "$unit" || fail 11 "systemctl start $unit failed"
  else
    mkdir -p "$run/jail" && chmod 0711 "$run" "$run/jail" && : >"$run/log" || fail 15 "cannot make $run"
    setsid haproxy -W -S "$run/master.sock,mode,600" -f "$dir/conf.d" -p "$run/pid" </dev/null >>"$run/log" 2>&1 &
  fi
  until alive && facts; do start_wait; done
}

start_wait() {
  start_left=$((start_left - 1))
  [ "$start_left" -gt 0 ] || fail 11 "the router does not start$nl$(evidence)"
  sleep 0.1
}

# Whether any process of this router is there, with or without its master.
running_ours() {
  for process in /proc/[0-9]*; do
    is_ours "\${process#/proc/}" && return
  done
  return 1
}

# Whether the unit is what starts and stops it. Folders of one's own have none.
by_systemd() {
  [ -z "\${DROVER_ROUTER_RUN-}" ] && [ -d /run/systemd/system ] && [ -e "/etc/systemd/system/$unit" ]
}

stop() {
  if by_systemd; then
    systemctl stop "$unit" || fail 11 "systemctl stop $unit failed"
    return
  fi
  alive || return 0
  kill "$master"
  stop_left=100
  while alive; do
    stop_left=$((stop_left - 1))
    [ "$stop_left" -gt 0 ] || fail 11 "the router (pid $master) does not stop"
    sleep 0.1
  done
}

# Without systemd HAProxy writes to a file, which so holds what it said since the last change and no more.
forget_log() {
  [ ! -e "$run/log" ] || : >"$run/log"
}

evidence() {
  if [ -s "$run/log" ]; then
    tail -n 15 "$run/log"
  elif [ -d /run/systemd/system ]; then
    journalctl -u "$unit" -n 15 -o cat --no-pager 2>/dev/null
  fi
}

# A new worker from the files; returns when it has the traffic and the one before it has stopped to listen.
reload() {
  facts || fail 11 "the router does not answer on $run/master.sock"
  reload_from=$worker reload_count=$reloads reload_left=300
  forget_log
  printf 'reload\\n' | socat -t 10 - "UNIX-CONNECT:$run/master.sock" >/dev/null 2>&1
  while :; do
    if facts && [ "$reloads" -gt "$reload_count" ]; then
      [ "$failed" = 0 ] || fail 11 "the reload failed, the router goes on as it was$nl$(evidence)"
      [ "$worker" = "$reload_from" ] || break
    fi
    reload_left=$((reload_left - 1))
    [ "$reload_left" -gt 0 ] || fail 11 "the router does not reload$nl$(evidence)"
    sleep 0.1
  done
  until stopping "$reload_from"; do
    reload_left=$((reload_left - 1))
    [ "$reload_left" -gt 0 ] || fail 11 "worker $reload_from goes on after the reload"
    sleep 0.05
  done
  printf 'reloaded\\n'
}

stopping() {
  ask_old "$1" Stopping 'show info' || return 0
  case $answer in *"Stopping: 1"*) return 0 ;; esac
  return 1
}

# Whether the worker runs with this base file: both name its generation.
base_loaded() {
  while read -r word first second rest; do
    [ "$word" != description ] || { [ "\${second%\\"}" = "$loaded" ] && return 0; }
  done <"$dir/conf.d/00-base.cfg"
  return 1
}
`;
