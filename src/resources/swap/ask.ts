import type { Asker } from "../../model/query.ts";

/**
 * `swap:<path>`: `file size= mode= owner= holds=swap|nothing|other active=yes|no prio= on=` or `absent on=`: the file in bytes,
 * what its signature says, whether it is switched on, and the type of the file system that it is on; with `can=no` where we
 * may not switch it on. `device active=yes|no prio=`: a device, whatever it holds. `other`: neither a device nor a plain file.
 */
export const SWAP: Asker = `(
exec 2>/dev/null
swap_can=; while read -r swap_l swap_v; do
  # CAP_SYS_ADMIN is bit 21.
  case $swap_l$swap_v in CapEff:*[2367abef]?????) ;; CapEff:*) swap_can=' can=no' ;; esac
done </proc/self/status
for swap_p in "$@"; do
  swap_d=\${swap_p%/*}; while [ ! -d "\${swap_d:-/}" ]; do swap_d=\${swap_d%/*}; done
  swap_on=$(stat -f -c %T "\${swap_d:-/}"); swap_on=$(word "\${swap_on:-unknown}")
  if [ -b "$swap_p" ]; then
    # The kernel tells the name that a link leads to.
    swap_a=$(awk -v d="$(readlink -f "$swap_p")" '$1 == d { print "active=yes prio=" $5 }' /proc/swaps)
    line "swap:$swap_p" "device \${swap_a:-active=no}$swap_can"; continue
  fi
  if [ -L "$swap_p" ] || { [ -e "$swap_p" ] && [ ! -f "$swap_p" ]; }; then line "swap:$swap_p" other; continue; fi
  if [ ! -e "$swap_p" ]; then line "swap:$swap_p" "absent on=$swap_on$swap_can"; continue; fi
  if [ ! -r "$swap_p" ]; then line "swap:$swap_p" 'unknown why=it%20may%20not%20be%20read'; continue; fi
  # The signature of swap ends its first page, whose size is the machine's.
  swap_h=other; swap_g=$(getconf PAGESIZE) || swap_g=4096
  case $(dd if="$swap_p" bs=1 skip=$((swap_g - 10)) count=10 | tr -d '\\000') in SWAPSPACE2 | SWAP-SPACE) swap_h=swap ;; esac
  [ -s "$swap_p" ] || swap_h=nothing
  swap_a=$(DROVER_A=$swap_p awk '{ t = $1; gsub(/\\\\040/, " ", t); if (t == ENVIRON["DROVER_A"]) print "active=yes prio=" $5 }' /proc/swaps)
  line "swap:$swap_p" "file $(stat -c 'size=%s mode=%a owner=%U' "$swap_p") holds=$swap_h \${swap_a:-active=no} on=$swap_on$swap_can"
done
)`;
