import type { Asker } from "../../model/query.ts";
import { ASK_SCRIPTS } from "./script-ask.ts";

/** The first line of unit files that we write: how they are known again. */
export const MARKER = "# Written by Drover.";

/** Where one is recorded: `<name>` holds the digest of its configuration, `<name>.pid` the process we started. */
const LOOK = `
service_config() { # name -> service_c
  service_c=none
  [ ! -r "$DROVER_STATE/services/$1" ] || read -r service_c <"$DROVER_STATE/services/$1"
}
# Whether the process that we started is alive: its start and the boot tell it from another of its number.
service_alive() { # name
  { IFS=' ' read -r service_pid service_start service_boot <"$DROVER_STATE/services/$1.pid"; } || return 1
  { read -r service_now </proc/sys/kernel/random/boot_id; } && [ "$service_boot" = "$service_now" ] || return 1
  { read -r service_s <"/proc/$service_pid/stat"; } || return 1
  service_s=\${service_s##*) }; IFS=' '; set -- $service_s; IFS=$nl
  [ "$1" != Z ] && [ "\${20}" = "$service_start" ]
}
service_unit() { case $1 in *.service | *.socket | *.timer | *.path | *.target | *.mount | *.automount | *.swap | *.slice) service_u=$1 ;; *) service_u=$1.service ;; esac; }
`;

/**
 * `service:<name>`: `service by=systemd|script|drover unit=own|other enabled= active= config= stale=yes|no`, or `absent`.
 * One `systemctl show` for all where systemd runs; else a process that we started, else an init script.
 */
export const SERVICE: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
${LOOK}
${ASK_SCRIPTS}
service_said() { # the properties of one unit are read: say it under each name that it was asked by
  [ -n "$service_names" ] || return 0
  case $service_load:$service_file in masked:masked*) ;; masked:*) service_file=masked ;; esac
  case $service_load in error | bad-setting) service_file=bad ;; esac
  service_own=other; service_first=
  # Disabling a unit that is linked from elsewhere takes the link away as well.
  [ "$service_file" != enabled ] || [ ! -L "$service_path" ] || service_file=enabled-linked
  case $service_path in
    /etc/systemd/system/*) read -r service_first <"$service_path"; case $service_first in '${MARKER}'*) service_own=own ;; esac ;;
  esac
  for service_n in $service_asked; do
    service_unit "$service_n"
    case " $service_names " in *" $service_u "*) ;; *) continue ;; esac
    if [ "$service_load" = not-found ]; then line "service:$service_n" absent; continue; fi
    service_config "$service_n"; service_e=\${service_file:-none}
    case $service_e:$service_source in generated:/etc/init.d/*) service_links "\${service_source##*/}" ;; esac
    line "service:$service_n" "service by=systemd unit=$service_own enabled=$service_e active=$service_active config=$service_c stale=$service_stale"
  done
  service_names=
}
service_clear() { service_names=; service_load=; service_active=; service_file=; service_path=; service_source=; service_stale=no; }
if [ -d /run/systemd/system ]; then
  service_level=[2-5]; service_order= # systemd makes units of the scripts of all of them
  service_asked=; service_units=
  for service_n in "$@"; do service_unit "$service_n"; service_asked=$service_asked$service_n$nl; service_units=$service_units$service_u$nl; done
  service_clear
  service_shown=$(systemctl show --no-pager -p Names -p LoadState -p ActiveState -p UnitFileState -p FragmentPath -p SourcePath -p NeedDaemonReload -- $service_units | sed 's/^$/--/')
  if [ -z "$service_shown" ]; then
    for service_n in "$@"; do line "service:$service_n" 'unknown why=systemd%20does%20not%20answer'; done; exit
  fi
  for service_l in $service_shown; do
    case $service_l in
      --) service_said; service_clear ;;
      Names=*) service_names=\${service_l#*=} ;;
      LoadState=*) service_load=\${service_l#*=} ;;
      ActiveState=*) service_active=\${service_l#*=} ;;
      UnitFileState=*) service_file=\${service_l#*=} ;;
      FragmentPath=*) service_path=\${service_l#*=} ;;
      SourcePath=*) service_source=\${service_l#*=} ;;
      NeedDaemonReload=*) service_stale=\${service_l#*=} ;;
    esac
  done
  service_said
else
  service_boot
  for service_n in "$@"; do
    service_config "$service_n"; service_u=\${service_n%.service}
    service_own=own; [ ! -x "/etc/init.d/$service_u" ] || service_own=other
    if [ -e "$DROVER_STATE/services/$service_n.pid" ]; then
      if service_alive "$service_n"; then service_a=active; else service_a=inactive; fi
      line "service:$service_n" "service by=drover unit=$service_own enabled=none active=$service_a config=$service_c stale=no"
    elif [ $service_own = other ]; then
      service_links "$service_u"; service_script "$service_u"
      if [ -n "$service_a" ]; then line "service:$service_n" "service by=script unit=other enabled=$service_e active=$service_a config=$service_c stale=no"
      else line "service:$service_n" "unknown why=$(word "$service_why")"; fi
    else line "service:$service_n" absent; fi
  done
fi
)`;

/** `service-steady:<name>`: `steady` when it runs, and two seconds later still does without a restart in between; else `no`. */
export const SERVICE_STEADY: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
${LOOK}
${ASK_SCRIPTS}
service_pulse() { # name: prints what changes when it stops or starts, nothing when it does not run
  if [ -d /run/systemd/system ]; then
    service_unit "$1"
    service_p=$(systemctl show --no-pager -p ActiveState -p InvocationID -p NRestarts -- "$service_u") || return
    case $service_p in *ActiveState=active*) printf %s "$service_p" ;; esac
  elif [ -e "$DROVER_STATE/services/$1.pid" ]; then service_alive "$1" && printf %s "$service_pid $service_start"
  else service_script "\${1%.service}"; [ $service_a != active ] || printf active; fi
}
for service_n in "$@"; do
  service_before=$(service_pulse "$service_n")
  if [ -n "$service_before" ] && sleep 2 && [ "$(service_pulse "$service_n")" = "$service_before" ]; then line "service-steady:$service_n" steady
  else line "service-steady:$service_n" no; fi
done
)`;
