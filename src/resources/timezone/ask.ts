import type { Asker } from "../../model/query.ts";

/**
 * `timezone:system`: `zone link= file=`: where /etc/localtime leads (a copy of a zone is `(a copy)`), and what /etc/timezone
 * says; a field is left out where the file is not there.
 */
export const TIMEZONE: Asker = `(
exec 2>/dev/null
timezone_a=zone
if [ -L /etc/localtime ]; then
  timezone_l=$(readlink /etc/localtime); case $timezone_l in */zoneinfo/*) timezone_l=\${timezone_l#*/zoneinfo/} ;; esac
  timezone_a="$timezone_a link=$(word "$timezone_l")"
elif [ -e /etc/localtime ]; then timezone_a="$timezone_a link=$(word '(a copy)')"; fi
if [ -r /etc/timezone ]; then timezone_f=; read -r timezone_f </etc/timezone; timezone_a="$timezone_a file=$(word "$timezone_f")"; fi
line timezone:system "$timezone_a"
)`;

/** `zoneinfo:<zone>`: `there` or `absent`. */
export const ZONEINFO: Asker = `
for zoneinfo_z in "$@"; do
  if [ -f "/usr/share/zoneinfo/$zoneinfo_z" ]; then line "zoneinfo:$zoneinfo_z" there; else line "zoneinfo:$zoneinfo_z" absent; fi
done`;
