/** Part of `sync`: who listens on a port, from /proc alone. */
export const preflightPart = `# Prints "PORT free", or "PORT own|foreign PID NAME" for each process that listens on it. Fails when one is foreign.
preflight() {
  preflight_code=0
  for port in "$@"; do
    case $port in '' | *[!0-9]*) fail 2 "not a port: $port" ;; esac
    port_hex=$(printf '%04X' "$port")
    inodes=' '
    listeners /proc/net/tcp
    listeners /proc/net/tcp6
    if [ "$inodes" = ' ' ]; then
      printf '%s free\\n' "$port"
    else
      preflight_print "$(holders)"
    fi
  done
  return "$preflight_code"
}

# Adds the inodes of the sockets in a table of /proc that listen on the port to $inodes.
listeners() {
  [ -r "$1" ] || return 0
  while read -r slot local remote status queues timer retransmits uid timeout inode rest; do
    [ "$status" = 0A ] && [ "\${local##*:}" = "$port_hex" ] && inodes="$inodes$inode "
  done <"$1"
}

# The pids that hold one of these sockets.
holders() {
  ls -l /proc/[0-9]*/fd 2>/dev/null | while IFS= read -r line; do
    case $line in
      /proc/*/fd:)
        pid=\${line#/proc/}
        pid=\${pid%/fd:}
        ;;
      *' -> socket:['*)
        line=\${line##*\\[}
        case $inodes in *" \${line%]} "*) printf '%s ' "$pid" ;; esac
        ;;
    esac
  done
}

preflight_print() {
  [ -n "$1" ] || set -- -
  preflight_seen=' '
  for pid in $1; do
    case $preflight_seen in *" $pid "*) continue ;; esac
    preflight_seen="$preflight_seen$pid "
    whose=foreign preflight_name=unknown
    [ ! -r "/proc/$pid/comm" ] || read -r preflight_name <"/proc/$pid/comm"
    if is_ours "$pid"; then whose=own; else preflight_code=14; fi
    printf '%s %s %s %s\\n' "$port" "$whose" "$pid" "$preflight_name"
  done
}
`;
