import type { Asker } from "../query.ts";

/**
 * `fstab:<target>`, and for swap `fstab:swap=<source>`: the entry of /etc/fstab, `entry source= type= options= pass=`, its
 * words with blanks written as there (`\\040`), and `count=` where several are for one; `absent`. One `awk` reads all.
 */
export const FSTAB: Asker = `(
exec 2>/dev/null
[ -e /etc/fstab ] && fstab_f=/etc/fstab || fstab_f=/dev/null
if [ ! -r "$fstab_f" ]; then for fstab_t in "$@"; do line "fstab:$fstab_t" 'unknown why=/etc/fstab%20may%20not%20be%20read'; done; exit; fi
{ printf '%s\\n' "$@"; echo; cat "$fstab_f"; } | awk '
  function enc(s) { gsub(/%/, "%25", s); gsub(/\\*/, "%2a", s); return s }
  function dec(s) { gsub(/\\\\040/, " ", s); gsub(/\\\\011/, "\\t", s); gsub(/\\\\134/, "\\\\", s); return s }
  !asked { if ($0 == "") asked = 1; else want[++n] = $0; next }
  /^[ \\t]*(#|$)/ { next }
  {
    key = $3 == "swap" ? "swap=" dec($1) : dec($2)
    if (count[key]++) next
    entry[key] = "entry source=" enc($1) " type=" enc($3) " options=" enc(NF > 3 ? $4 : "defaults") " pass=" enc(NF > 5 ? $6 : "0")
  }
  END { for (i = 1; i <= n; i++) print "fstab:" want[i] "\\t" ((want[i] in entry) ? entry[want[i]] (count[want[i]] > 1 ? " count=" count[want[i]] : "") : "absent") }'
)`;
