import type { Asker } from "../../model/query.ts";
import { DROP_IN } from "./config.ts";

/**
 * `sshd-config:main`: `config include= before= after=`, with the line that includes the drop-ins (`none`, or `match:<line>` where
 * it is in a Match block), and all keys set before and after ours as `key@file:line`; `missing` where sshd is not there.
 */
export const SSHD_CONFIG: Asker = `(
exec 2>/dev/null
command -v sshd >/dev/null || { line sshd-config:main missing; exit 0; }
sshd_main=/etc/ssh/sshd_config
[ -r $sshd_main ] || { line sshd-config:main 'unknown why=/etc/ssh/sshd_config%20may%20not%20be%20read'; exit 0; }
set --
for sshd_f in $sshd_main.d/*.conf; do [ ! -f "$sshd_f" ] || set -- "$@" "$sshd_f"; done
sshd_said=$(awk -v main=$sshd_main -v ours=${DROP_IN} '
  function note(list) { return list (list == "" ? "" : ",") key "@" FILENAME ":" FNR }
  FNR == 1 { matching = 0 }
  /^[ \\t]*(#|$)/ { next }
  { key = $0; sub(/^[ \\t]*/, "", key); words = tolower(key); key = words; sub(/[ \\t="].*/, "", key) }
  key == "match" { matching = words !~ /^match[ \\t]+all[ \\t]*$/; next }
  FILENAME == main && key == "include" && words ~ /[ \\t="\\/]sshd_config\\.d\\/\\*\\.conf/ { if (include == "") include = (matching ? "match:" : "") FNR; next }
  matching || FILENAME == ours { next }
  FILENAME == main ? include == "" : FILENAME < ours { before = note(before); next }
  { after = note(after) }
  END { print include "|" before "|" after }' $sshd_main "$@")
sshd_include=\${sshd_said%%|*}; sshd_said=\${sshd_said#*|}
line sshd-config:main "config include=\${sshd_include:-none} before=$(word "\${sshd_said%%|*}") after=$(word "\${sshd_said#*|}")"
)`;

/**
 * `sshd-effective:main`, with our drop-in's text and its keys as further arguments: `effective key=value...` as sshd itself
 * understands its whole configuration, `broken why=` where it does not accept it. Besides, `sshd-wanted:main`: the same for
 * our text alone, so that values are compared as sshd spells them.
 */
export const SSHD_EFFECTIVE: Asker = `(
exec 2>/dev/null
sshd_text=$2; shift 2
sshd_each() { line sshd-effective:main "$1"; line sshd-wanted:main "$1"; exit 0; }
command -v sshd >/dev/null || sshd_each missing
[ "$(id -u)" = 0 ] || sshd_each 'unknown why=the%20rights%20of%20root%20are%20needed%20to%20ask%20sshd'
sshd_values() { # key, head, keys...; sshd's own list in sshd_all
  sshd_key=$1; sshd_out=$2; shift 2
  sshd_picked=$(printf '%s\\n' "$sshd_all" | awk -v keys="$*" '
    BEGIN { n = split(keys, wanted, " ") }
    { key = tolower($1); value = $0; sub(/^[^ ]* ?/, "", value); if (key in all) all[key] = all[key] "," value; else all[key] = value }
    END { for (i = 1; i <= n; i++) print wanted[i] "=" ((wanted[i] in all) ? all[wanted[i]] : "-") }')
  IFS=$nl; set -f
  for sshd_l in $sshd_picked; do sshd_out="$sshd_out \${sshd_l%%=*}=$(word "\${sshd_l#*=}")"; done
  unset IFS; set +f
  line "$sshd_key" "$sshd_out"
}
sshd_first() { word "$(printf '%s\\n' "$sshd_all" | head -n 1 | tr -d '\\000-\\037\\177')"; }
if sshd_all=$(sshd -T 2>&1 </dev/null); then sshd_values sshd-effective:main effective "$@"
else line sshd-effective:main "broken why=$(sshd_first)"; fi
if sshd_all=$(printf '%s' "$sshd_text" | sshd -T -f /dev/stdin 2>&1); then sshd_values sshd-wanted:main wanted "$@"
else line sshd-wanted:main "broken why=$(sshd_first)"; fi
)`;

/**
 * `sshd-daemon:main`: `daemon config= active= socket=none|fixed|generated`, with the digest of the drop-in that it was last
 * made to read, and what decides the port where systemd listens for it.
 */
export const SSHD_DAEMON: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
sshd_config=none
[ ! -r "$DROVER_STATE/sshd" ] || read -r sshd_config <"$DROVER_STATE/sshd"
sshd_active=inactive; sshd_socket=none
if [ -d /run/systemd/system ]; then
  sshd_id=
  for sshd_l in $(systemctl show --no-pager -p Id -p ActiveState -- ssh.service sshd.service ssh.socket); do
    case $sshd_l in Id=*) sshd_id=\${sshd_l#*=} ;; ActiveState=*) sshd_state=\${sshd_l#*=} ;; esac
    [ -n "$sshd_id" ] && [ -n "$sshd_state" ] || continue
    case $sshd_id:$sshd_state in
      *.service:active | *.service:reloading) sshd_active=active ;;
      ssh.socket:active) sshd_socket=fixed; [ ! -x /usr/lib/systemd/system-generators/sshd-socket-generator ] || sshd_socket=generated ;;
    esac
    sshd_id=; sshd_state=
  done
elif [ -r /run/sshd.pid ] && read -r sshd_pid </run/sshd.pid && read -r sshd_comm <"/proc/$sshd_pid/comm" && [ "$sshd_comm" = sshd ]; then sshd_active=active
fi
line sshd-daemon:main "daemon config=$sshd_config active=$sshd_active socket=$sshd_socket"
)`;
