/**
 * What init scripts are asked. Whether one starts with the machine is said by its links in the runlevel that the machine
 * boots to, and in rcS.d; where the boot goes by insserv's order, a script that is not in it is passed over, link or not.
 *
 * Whether one runs is said by its `status`: by its exit code, unless its words say the opposite. A script without that word
 * is not run, since what it would do then is anybody's guess: the first pid file that it names says it, and without one
 * nobody can.
 */
export const ASK_SCRIPTS = `
service_boot() { # -> service_level, the runlevel that the machine boots to; service_order, what is started then: all, when empty
  service_level=$(sed -n 's/^[^#:]*:\\([1-5]\\):initdefault:.*/\\1/p' /etc/inittab | head -n 1); service_order=
  [ -n "$service_level" ] || service_level=2
  for service_l in boot start stop; do [ -s "/etc/init.d/.depend.$service_l" ] || return 0; done
  [ -e /etc/init.d/.legacy-bootordering ] ||
    service_order=" $(sed -n 's/^TARGETS = *//p' /etc/init.d/.depend.boot /etc/init.d/.depend.start | tr '\\n' ' ') "
}
service_links() { # name -> service_e: enabled, disabled, or partial for links that this machine's boot does not go by
  set +f; service_e=disabled
  for service_l in /etc/rc[S2-5].d/S[0-9][0-9]"$1"; do
    [ -L "$service_l" ] || continue
    [ $service_e = enabled ] || service_e=partial
    case $service_l in /etc/rcS.d/* | /etc/rc$service_level.d/*) ;; *) continue ;; esac
    case \${service_order:-" $1 "} in *" $1 "*) service_e=enabled ;; esac
  done
  set -f
}
service_script() { # name -> service_a: active or inactive; or empty, and service_why
  service_a=; service_why="/etc/init.d/$1 has no status and names no pid file: nobody can tell whether it runs"
  if grep -Eq 'init-d-script|status["'\\'']?[[:space:]]*[|)]|=[[:space:]]*["'\\'']?x?status' "/etc/init.d/$1"; then
    service_t=$(timeout 10 "/etc/init.d/$1" status 2>&1 </dev/null); service_x=$?
    case $service_t in *[Uu]sage:*) [ $service_x = 0 ] || service_x=usage ;; esac
    case $service_x in
      0) service_a=active
        case $service_t in
          *"$nl"*) ;;
          *'not running'* | *'is stopped'* | *'is dead'* | *'not started'*) service_a=inactive ;;
        esac ;;
      1 | 2 | 3) service_a=inactive ;;
      124) service_why="the status of /etc/init.d/$1 does not end" ;;
      usage) ;;
      *) service_why="the status of /etc/init.d/$1 ends with $service_x" ;;
    esac
    [ $service_x = usage ] || return 0
  fi
  service_f=$(awk -v name="$1" '
    { gsub(/["\\047]/, ""); sub(/^[ \\t]+/, "") }
    /^NAME=[A-Za-z0-9_.-]+$/ { name = substr($0, 6) }
    { gsub(/[$]NAME|[$][{]NAME[}]/, name) }
    match($0, /\\/(var\\/)?run\\/[A-Za-z0-9_.\\/-]+[.]pid/) { print substr($0, RSTART, RLENGTH); exit }
  ' "/etc/init.d/$1")
  [ -n "$service_f" ] || return 0
  service_a=inactive
  IFS=' ' read -r service_x service_t <"$service_f"
  case $service_x in '' | *[!0-9]*) return 0 ;; esac
  read -r service_t <"/proc/$service_x/stat" || return 0
  case \${service_t##*) } in Z*) ;; *) service_a=active ;; esac
}
`;
