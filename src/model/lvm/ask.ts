import type { Asker } from "../query.ts";

/**
 * `vg:<name>`: `group devices=/dev/a,/dev/b extent=` (bytes), `absent`, or `none`, where LVM is not installed. One `pvs` tells
 * all of them.
 */
export const VG: Asker = `(
exec 2>/dev/null
if ! command -v pvs >/dev/null; then for vg_n in "$@"; do line "vg:$vg_n" none; done; exit; fi
if ! vg_all=$(pvs --noheadings --nosuffix --units b --sort pv_name --separator '|' -o vg_name,pv_name,vg_extent_size); then
  for vg_n in "$@"; do line "vg:$vg_n" 'unknown why=pvs%20failed:%20the%20right%20may%20be%20missing'; done; exit
fi
for vg_n in "$@"; do
  line "vg:$vg_n" "$(printf '%s\\n' "$vg_all" | awk -F '|' -v n="$vg_n" '
    { gsub(/^ +/, "", $1) } $1 == n { d = d (d == "" ? "" : ",") $2; e = $3 }
    END { print d == "" ? "absent" : "group devices=" d " extent=" e }')"
done
)`;

/** `lv:<group>/<name>`: `volume size= uuid=` (bytes), `absent`, or `none`, where LVM is not installed. */
export const LV: Asker = `(
exec 2>/dev/null
if ! command -v lvs >/dev/null; then for lv_n in "$@"; do line "lv:$lv_n" none; done; exit; fi
if ! lv_all=$(lvs --noheadings --nosuffix --units b --separator '|' -o vg_name,lv_name,lv_size,lv_uuid); then
  for lv_n in "$@"; do line "lv:$lv_n" 'unknown why=lvs%20failed:%20the%20right%20may%20be%20missing'; done; exit
fi
for lv_n in "$@"; do
  line "lv:$lv_n" "$(printf '%s\\n' "$lv_all" | awk -F '|' -v n="$lv_n" '
    { gsub(/^ +/, "", $1) } $1 "/" $2 == n { a = "volume size=" $3 " uuid=" $4 }
    END { print a == "" ? "absent" : a }')"
done
)`;
