import type { Asker } from "../query.ts";

/**
 * `filesystem:<device>`: `device holds= label= uuid= room=yes|no mounted=`: the type of what a low-level look finds on it
 * (`nothing`; `several`, where signatures contradict each other; `used`, where partitions or other devices are made of it),
 * whether it could grow, and where it is mounted. `absent`, where there is no such device; `other`, where it is none.
 */
export const FILESYSTEM: Asker = `(
exec 2>/dev/null
fs_number() { # device offset bytes order -> a number of the superblock
  set -- $(dd if="$1" bs=1 skip="$2" count="$3" | od -An -v -tu1) "$4"
  fs_n=0; eval fs_order=\\\${$#}
  if [ "$fs_order" = big ]; then while [ $# -gt 1 ]; do fs_n=$((fs_n * 256 + $1)); shift; done
  else fs_m=1; while [ $# -gt 1 ]; do fs_n=$((fs_n + $1 * fs_m)); fs_m=$((fs_m * 256)); shift; done; fi
}
fs_one() { # device
  fs_d=$(readlink -f "$1"); fs_b=\${fs_d##*/}
  if [ ! -e "$fs_d" ]; then line "filesystem:$1" absent; return; fi
  if [ ! -b "$fs_d" ]; then line "filesystem:$1" other; return; fi
  if ! command -v blkid >/dev/null; then line "filesystem:$1" 'unknown why=blkid%20is%20not%20here'; return; fi
  if ! dd if="$fs_d" bs=512 count=1 >/dev/null; then line "filesystem:$1" 'unknown why=the%20device%20may%20not%20be%20read'; return; fi
  fs_all=$(blkid -p -o export "$fs_d"); fs_rc=$?
  fs_type=; fs_label=; fs_uuid=; fs_table=
  IFS=$nl
  for fs_l in $fs_all; do
    case $fs_l in TYPE=*) fs_type=\${fs_l#*=} ;; LABEL=*) fs_label=\${fs_l#*=} ;; UUID=*) fs_uuid=\${fs_l#*=} ;; PTTYPE=*) fs_table=\${fs_l#*=} ;; esac
  done
  IFS=' '$tab$nl
  case $fs_rc in 0 | 2) ;; 8) fs_type=several ;; *) line "filesystem:$1" 'unknown why=the%20device%20may%20not%20be%20read'; return ;; esac
  [ -n "$fs_type" ] || [ -z "$fs_table" ] || fs_type="table-$fs_table"
  # What blkid does not name, wipefs may; a device that another is made of is no free one.
  if [ -z "$fs_type" ]; then
    fs_w=$(wipefs -n --noheadings "$fs_d" || echo unread); [ -z "$fs_w" ] && fs_type=nothing || fs_type=several
    for fs_h in "/sys/class/block/$fs_b/holders"/* "/sys/class/block/$fs_b/$fs_b"*/partition; do [ ! -e "$fs_h" ] || fs_type=used; done
  fi
  # By its number: what is mounted goes by other names of the same device, as logical volumes do.
  fs_on=; ! read -r fs_no <"/sys/class/block/$fs_b/dev" || fs_on=$(awk -v d="$fs_no" '$3 == d { gsub(/\\\\040/, " ", $5); print $5; exit }' /proc/self/mountinfo)
  fs_room=no; fs_size=$(blockdev --getsize64 "$fs_d" || echo 0)
  case $fs_type in
    ext4) fs_number "$fs_d" 1028 4 little; fs_count=$fs_n; fs_number "$fs_d" 1048 4 little; fs_has=$((fs_count * (1024 << fs_n))) ;;
    # While it is mounted, the superblock on the device may be older than the file system.
    xfs)
      fs_is=; [ -z "$fs_on" ] || fs_is=$(xfs_info "$fs_on" | sed -n 's/^data .*bsize=\\([0-9]*\\) *blocks=\\([0-9]*\\),.*/\\1 * \\2/p')
      if [ -n "$fs_is" ]; then fs_has=$(($fs_is)); else fs_number "$fs_d" 4 4 big; fs_count=$fs_n; fs_number "$fs_d" 8 8 big; fs_has=$((fs_count * fs_n)); fi ;;
    *) fs_has=$fs_size ;;
  esac
  # A last group that would be too small is left unused by mkfs.
  [ $((fs_size - fs_has)) -lt 33554432 ] || fs_room=yes
  line "filesystem:$1" "device holds=$(word "$fs_type") label=$(word "$fs_label") uuid=$fs_uuid room=$fs_room mounted=$(word "$fs_on")"
}
for fs_x in "$@"; do fs_one "$fs_x"; done
)`;

/** `device-size:<device>`: `bytes size=`, or `absent`, where there is none or it may not be read. */
export const DEVICE_SIZE: Asker = `(
exec 2>/dev/null
for size_d in "$@"; do
  if size_b=$(blockdev --getsize64 "$size_d"); then line "device-size:$size_d" "bytes size=$size_b"; else line "device-size:$size_d" absent; fi
done
)`;
