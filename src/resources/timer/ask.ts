import type { Asker } from "../../model/query.ts";

/**
 * `timer:<name>`: `timer enabled= active= stale= run=own|other|none`: systemd's words about the timer, whether it has read
 * both files, and whose the service of its name in /etc is, by its first line. One `systemctl show` for all.
 */
export const TIMER: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
timer_units=; timer_rest=$nl; timer_ok=none
for timer_n in "$@"; do timer_units=$timer_units$timer_n.timer$nl$timer_n.service$nl; done
timer_said() {
  [ -z "$timer_id" ] || timer_rest="$timer_rest$timer_id enabled=\${timer_file:-none} active=$timer_active stale=$timer_stale$nl"
  timer_id=; timer_file=; timer_active=; timer_stale=no
}
timer_id=; timer_said
if [ -d /run/systemd/system ]; then
  timer_ok=no
  if timer_shown=$(systemctl show --no-pager -p Id -p ActiveState -p UnitFileState -p NeedDaemonReload -- $timer_units); then
    timer_ok=yes
    for timer_l in $(printf '%s\\n' "$timer_shown" | sed 's/^$/--/') --; do
      case $timer_l in
        --) timer_said ;;
        Id=*) timer_id=\${timer_l#*=} ;;
        ActiveState=*) timer_active=\${timer_l#*=} ;;
        UnitFileState=*) timer_file=\${timer_l#*=} ;;
        NeedDaemonReload=*) timer_stale=\${timer_l#*=} ;;
      esac
    done
  fi
fi
for timer_n in "$@"; do
  timer_run=none; timer_f=/etc/systemd/system/$timer_n.service
  if [ -e "$timer_f" ] || [ -L "$timer_f" ]; then
    timer_run=other; timer_first=
    read -r timer_first <"$timer_f"
    case $timer_first in "# Managed by Drover for $timer_n.timer:"*) timer_run=own ;; esac
  fi
  if [ $timer_ok = no ]; then line "timer:$timer_n" 'unknown why=systemd%20does%20not%20answer'; continue; fi
  timer_one=\${timer_rest#*"$nl$timer_n.timer "}; timer_two=\${timer_rest#*"$nl$timer_n.service "}
  timer_one=\${timer_one%%"$nl"*}; timer_two=\${timer_two%%"$nl"*}
  if [ $timer_ok = none ]; then timer_one='enabled=none active=inactive stale=no'
  else case $timer_two in *stale=yes) timer_one=\${timer_one% *}\\ stale=yes ;; esac; fi
  line "timer:$timer_n" "timer $timer_one run=$timer_run"
done
)`;
