import type { Asker } from "../../model/query.ts";

/**
 * `hosts:<ip>`: `names list=a,b`, of all its lines in /etc/hosts, in order; `absent`. `hosts-file:/etc/hosts`: `file` or
 * `mounted`, which cannot be replaced. One `awk` reads all.
 */
export const HOSTS: Asker = `(
exec 2>/dev/null
[ -r /etc/hosts ] || { [ ! -e /etc/hosts ] && hosts_a=absent || hosts_a='unknown why=/etc/hosts%20may%20not%20be%20read'
  for hosts_i in "$@"; do line "hosts:$hosts_i" "$hosts_a"; done; exit; }
DROVER_A=$* awk '
  function enc(s) { gsub(/%/, "%25", s); gsub(/\\*/, "%2a", s); return s }
  BEGIN { n = split(ENVIRON["DROVER_A"], ips, " ") }
  { sub(/#.*/, ""); sub(/\\r$/, ""); for (i = 2; i <= NF; i++) if (!(($1, $i) in had)) { had[$1, $i] = 1; names[$1] = names[$1] ($1 in names && names[$1] != "" ? "," : "") $i } }
  END { for (i = 1; i <= n; i++) print "hosts:" ips[i] "\\t" (names[ips[i]] != "" ? "names list=" enc(names[ips[i]]) : "absent") }' /etc/hosts
)`;

/** `hosts-file:<path>`: `mounted` where it is a mount point of its own, else `file` or `absent`. */
export const HOSTS_FILE: Asker = `
for hosts_f in "$@"; do
  if [ ! -e "$hosts_f" ]; then line "hosts-file:$hosts_f" absent
  elif cut -d ' ' -f 5 /proc/self/mountinfo 2>/dev/null | grep -qxF -- "$hosts_f"; then line "hosts-file:$hosts_f" mounted
  else line "hosts-file:$hosts_f" file; fi
done`;
