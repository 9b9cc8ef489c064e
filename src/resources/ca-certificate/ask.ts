import type { Asker } from "../../model/query.ts";

/**
 * `ca:<name>`: whether programs trust what is in /usr/local/share/ca-certificates/<name>.crt: `trusted sha256=` of that file,
 * `stale` (it is not in /etc/ssl/certs as it is), `left` (the file went, its link did not), `absent`, or `none`, where nothing
 * here keeps such a store.
 */
export const CA: Asker = `(
exec 2>/dev/null
for ca_n in "$@"; do
  ca_f=/usr/local/share/ca-certificates/$ca_n.crt; ca_l=/etc/ssl/certs/$ca_n.pem; ca_b=/etc/ssl/certs/ca-certificates.crt
  if [ ! -e "$ca_f" ]; then
    if [ -L "$ca_l" ] && [ "$(readlink "$ca_l")" = "$ca_f" ]; then line "ca:$ca_n" left
    elif command -v update-ca-certificates >/dev/null; then line "ca:$ca_n" absent
    else line "ca:$ca_n" none; fi
  elif [ ! -r "$ca_f" ]; then line "ca:$ca_n" 'unknown why=it%20may%20not%20be%20read'
  elif [ -L "$ca_l" ] && [ "$(readlink "$ca_l")" = "$ca_f" ] && awk '
    { sub(/\\r$/, "") }
    FNR == 1 { file++ }
    /-----BEGIN/ { on = 1; body = ""; next }
    /-----END/ { if (on && file == 1) mine = body; else if (on && body == mine) found = 1; on = 0 }
    on { body = body $0 }
    END { exit !found }' "$ca_f" "$ca_b"; then
    ca_s=$(sha256sum <"$ca_f"); line "ca:$ca_n" "trusted sha256=\${ca_s%% *}"
  elif command -v update-ca-certificates >/dev/null; then line "ca:$ca_n" stale
  else line "ca:$ca_n" none; fi
done
)`;
