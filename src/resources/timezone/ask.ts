import type { Asker } from "../../model/query.ts";

/**
 * `timezone:system`: `zone link= file=`: where /etc/localtime leads (a copy of a zone is `(a copy)`), and what /etc/timezone
 * says; a field is empty where the file is not there.
 */
export const TIMEZONE: Asker = `(
exec 2>/dev/null
timezone_l= timezone_f=
if [ -L /etc/localtime ]; then
  timezone_l=$(readlink /etc/localtime); case $timezone_l in */zoneinfo/*) timezone_l=\${timezone_l#*/zoneinfo/} ;; esac
elif [ -e /etc/localtime ]; then timezone_l='(a copy)'; fi
[ ! -r /etc/timezone ] || { read -r timezone_f </etc/timezone; [ -n "$timezone_f" ] || timezone_f='(nothing)'; }
line timezone:system "zone link=$(word "$timezone_l") file=$(word "$timezone_f")"
)`;

/** `zoneinfo:<zone>`: `there` or `absent`. */
export const ZONEINFO: Asker = `
for zoneinfo_z in "$@"; do
  if [ -f "/usr/share/zoneinfo/$zoneinfo_z" ]; then line "zoneinfo:$zoneinfo_z" there; else line "zoneinfo:$zoneinfo_z" absent; fi
done`;
