/** Part of `sync`: where things are, and the small words that the other parts use. */
export const headPart = `#!/bin/sh
# Drover's router: makes the running HAProxy agree with the files beside it.
#
#   sync base FILE                       puts the base configuration, starts or reloads
#   sync apply NAME FRAGMENT MAP DRAIN   puts an app's backend and host names, switches to its servers, drains the old
#   sync remove NAME DRAIN               takes an app away
#   sync start | stop                    without an init system; with systemd through its unit
#   sync state                           one line for the router, one for each route; changes nothing
#   sync preflight PORT...               who listens there
#
# Whoever calls it holds the lock. Killed at any line and called again, it finishes. Exit codes: 2 wrong call,
# 10 HAProxy refuses the files, 11 the router does not follow, 12 a server does not leave, 13 a host name is another
# app's, 14 a foreign listener, 15 a file cannot be written.
set -u
umask 077
LC_ALL=C
PATH=\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
dir=\${DROVER_ROUTER_DIR:-/var/lib/drover/router}
run=\${DROVER_ROUTER_RUN:-/run/drover/router}
map=$dir/hosts.map
unit=drover-router.service
tab='	'
nl='
'

fail() {
  fail_code=$1
  shift
  printf '%s\\n' "$*" >&2
  exit "$fail_code"
}

# Hundredths of a second since boot, in $at. No process is started for it.
clock() {
  read -r at rest </proc/uptime
  at=\${at%.*}\${at#*.}
}

# Seconds such as 30 or 0.5 as hundredths, in $centi.
centi() {
  case $1 in
    '' | .* | *. | *[!0-9.]* | *.*.*) fail 2 "not a number of seconds: $1" ;;
    *.*) centi=\${1#*.}00 centi=\${1%%.*}\${centi%"\${centi#??}"} ;;
    *) centi=\${1}00 ;;
  esac
  while [ "\${centi#0}" != "$centi" ] && [ "$centi" != 0 ]; do centi=\${centi#0}; done
}

# Hundredths as seconds, in $seconds.
seconds() {
  seconds=$(($1 % 100))
  [ "$seconds" -gt 9 ] || seconds=0$seconds
  seconds=$(($1 / 100)).$seconds
}

check_name() {
  case $1 in
    '' | .* | -* | *[!a-z0-9.-]*) fail 2 "not a route's name: $1" ;;
  esac
}
`;
