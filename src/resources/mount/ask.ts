import type { Asker } from "../../model/query.ts";

/**
 * `mount:<target>`: `mounted by=same|other options=same|other times=`, or `absent`; with `can=no` where we may not mount, as
 * in most containers. Further arguments: `=`, the source, the type (`bind` for a bind mount), and the flags that have to be there
 * or, after a `!`, not. mountinfo tells also bind mounts and what was mounted over another; the last counts.
 */
export const MOUNT: Asker = `(
exec 2>/dev/null
mount_can=; while read -r mount_l mount_v; do
  # CAP_SYS_ADMIN is bit 21.
  case $mount_l$mount_v in CapEff:*[2367abef]?????) ;; CapEff:*) mount_can=' can=no' ;; esac
done </proc/self/status
mount_one() { # target source type flags
  mount_i=$(DROVER_A=$1 awk '
    { t = $5; gsub(/\\\\040/, " ", t); gsub(/\\\\011/, "\\t", t); gsub(/\\\\134/, "\\\\", t); if (t != ENVIRON["DROVER_A"]) next }
    { n++; for (i = 7; $i != "-" && i < NF; i++) ; s = $3 " " $(i + 1) " " $(i + 2) " " $6 "," $(i + 3) }
    END { if (n) print n " " s }' /proc/self/mountinfo)
  if [ -z "$mount_i" ]; then line "mount:$1" "absent$mount_can"; return; fi
  mount_t=$1 mount_src=\${2:-} mount_type=\${3:-} mount_flags=\${4:-}
  set -- $mount_i # times device type source options
  mount_by=other; mount_o=same
  case $mount_type in
    '') ;;
    bind) [ "$mount_src" -ef "$mount_t" ] && mount_by=same ;;
    *)
      case $mount_src in
        # Of a logical volume it tells the name that device-mapper made, which is a link.
        *=*) mount_d=$(findfs "$mount_src") || mount_d=$(blkid -l -o device -t "$mount_src") || mount_d=; [ -z "$mount_d" ] || mount_d=$(readlink -f "$mount_d") ;;
        /*) mount_d=$(readlink -f "$mount_src") ;;
        *) mount_d=$mount_src ;;
      esac
      mount_is=$(printf '%b' "$(printf %s "$4" | sed 's/\\\\/\\\\0/g')"); case $mount_is in /*) mount_is=$(readlink -f "$mount_is") ;; esac
      case $mount_type in auto) ;; *) [ "$mount_type" = "$3" ] || [ "$mount_type" = "\${3%4}" ] || mount_d= ;; esac
      if [ -n "$mount_d" ] && [ "$mount_d" = "$mount_is" ]; then mount_by=same
      # A file that a loop device shows.
      elif [ -f "$mount_d" ]; then case $mount_is in /dev/loop*) read -r mount_b <"/sys/block/\${mount_is##*/}/loop/backing_file" && [ "$mount_b" = "$mount_d" ] && mount_by=same ;; esac; fi ;;
  esac
  mount_h=,$5,
  for mount_w in $mount_flags; do
    case $mount_w in
      !*) case $mount_h in *,"\${mount_w#!}",*) mount_o=other ;; esac ;;
      *) case $mount_h in *,"$mount_w",*) ;; *) mount_o=other ;; esac ;;
    esac
  done
  line "mount:$mount_t" "mounted by=$mount_by options=$mount_o times=$1$mount_can"
}
case \${2:-} in =) mount_one "$1" "$3" "$4" "$5" ;; *) for mount_n in "$@"; do mount_one "$mount_n"; done ;; esac
)`;
