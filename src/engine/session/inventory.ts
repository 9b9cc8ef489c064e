import type { Asker, Askers } from "../../model/query.ts";

/** A run that has just ended may still be counting what is there: until it has, nothing can be held against that. */
const COUNTED = `for inv_run in "$DROVER_STATE"/runs/*/counting; do
  inv_waits=0
  while read -r inv_pid inv_start <"$inv_run" && [ "$inv_pid" != $$ ] && [ "$(started "$inv_pid")" = "$inv_start" ] && [ $inv_waits -lt 150 ]; do
    sleep 0.2; inv_waits=$((inv_waits + 1))
  done
done`;

/**
 * `inventory:<kind>/<name>`: what is on a host, managed or not: packages with their versions, users, keys that may log in, enabled
 * units (with sysvinit, scripts with the runlevels that start them), active timers, listening ports with the program behind them. A kind that cannot be read is left out, and
 * `inventory-gap:<kind>` says why.
 */
export const INVENTORY: Asker = `(
exec 2>/dev/null; ${COUNTED}; set -f
inv_gap() { line "inventory-gap:$1" "$(word "$2")"; }
packages
if [ $packages_by = dnf ]; then
  # Kernels are there in several versions at once, and names in several architectures.
  rpm -qa --qf '%{NAME} %{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' | awk -v native="$(uname -m)" '{
    sub(/^0:/, "", $3); name = $1 ($2 == native || $2 == "noarch" || $2 == "(none)" ? "" : ":" $2)
    all[name] = seen[name]++ ? all[name] "," $3 : $3
  } END { for (name in all) print "inventory:package/" name "\\t" all[name] }'
elif command -v dpkg-query >/dev/null; then
  dpkg-query -W -f '\${db:Status-Status} \${binary:Package} \${Version}\\n' | awk '$1 == "installed" { print "inventory:package/" $2 "\\t" $3 }'
else inv_gap package 'neither dpkg nor dnf'; fi
awk -F : '{ gsub(/[ \\t%]/, "_", $7); print "inventory:user/" $1 "\\tuid=" $3 " shell=" $7 }' /etc/passwd
awk -F : '{ print "inventory:group/" $1 "\\tgid=" $3 }' /etc/group
inv_keys=$(awk -F : '$6 != "" && !seen[$6]++ { print $1 ":" $6 }' /etc/passwd)
set +f; IFS=$nl
for inv_user in $inv_keys; do
  for inv_file in "\${inv_user#*:}/.ssh/authorized_keys" "\${inv_user#*:}/.ssh/authorized_keys2"; do
    [ -r "$inv_file" ] || continue
    awk -v user="\${inv_user%%:*}" '{
      for (i = 1; i < NF; i++) if ($i ~ /^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+$/ && $(i + 1) ~ /^AAAA/) {
        c = ""; for (j = i + 2; j <= NF; j++) c = c (j > i + 2 ? "_" : "") $j
        b = $(i + 1); sub(/=+$/, "", b)
        print "inventory:key/" user "/" $i ":" substr(b, length(b) - 23) "\\tcomment=" c; break
      } }' "$inv_file"
  done
done
unset IFS; set -f
if [ -d /run/systemd/system ]; then
  systemctl list-unit-files --no-legend --no-pager --plain --state=enabled,enabled-runtime,linked | awk '{ print "inventory:unit/" $1 "\\t" $2 }'
  systemctl list-units --type=timer --state=active --no-legend --no-pager --plain | awk '{ print "inventory:timer/" $1 "\\tactive" }'
elif [ -x /usr/sbin/update-rc.d ] && [ "$(cat /proc/1/comm)" = init ]; then
  set +f
  for inv_file in /etc/rc[S2-5].d/S[0-9][0-9]*; do
    inv_level=\${inv_file#/etc/rc}
    [ ! -L "$inv_file" ] || printf '%s %s\\n' "\${inv_file##*/S[0-9][0-9]}" "\${inv_level%%.*}"
  done | awk '{ on[$1] = on[$1] $2 } END { for (name in on) print "inventory:unit/" name "\\trunlevels=" on[name] }' | sort
  set -f
else
  inv_gap unit 'no init system'
fi
if command -v ss >/dev/null; then
  ss -Hltnup | awk '{
    proto = $1; local = $5; port = local; sub(/.*:/, "", port)
    if (proto == "udp" && port >= 32768) next
    who = ""; if (match($0, /\\(\\("[^"]*"/)) who = substr($0, RSTART + 3, RLENGTH - 4)
    gsub(/[ \\t%]/, "_", who); key = proto "/" local
    if (!seen[key]++) print "inventory:port/" key "\\tby=" who
  }'
else inv_gap port 'no ss (package iproute2)'; fi
)`;

/** `inventory-kept:<kind>/<name>`: the same as it was when the last run that wrote had ended. */
const INVENTORY_KEPT: Asker = `(
${COUNTED} 2>/dev/null
[ -r "$DROVER_STATE/inventory" ] || { line inventory-kept:none absent; exit 0; }
sed -n 's/^inventory:/inventory-kept:/p' "$DROVER_STATE/inventory"
)`;

/** `package-file:<path>`: files of packages that differ from what was packed, and changed since that inventory. */
const PACKAGE_FILES: Asker = `(
exec 2>/dev/null; ${COUNTED}; set -f; IFS=$nl
packages
case $packages_by in
  dnf) pf_verify='rpm -Va --nodeps --noscripts --nomtime' ;;
  *) command -v dpkg >/dev/null || exit 0; pf_verify='dpkg --verify' ;;
esac
pf_since=$(stat -c %Y "$DROVER_STATE/inventory") || pf_since=0
for pf_line in $(unset IFS; $pf_verify); do
  pf_path=/\${pf_line#* /}
  if [ -e "$pf_path" ]; then
    [ "$(stat -c %Z "$pf_path")" -gt "$pf_since" ] || continue
    line "package-file:$pf_path" changed
  else line "package-file:$pf_path" missing; fi
done
)`;

export const INVENTORY_ASKERS: Askers = {
  inventory: INVENTORY,
  "inventory-kept": INVENTORY_KEPT,
  "package-file": PACKAGE_FILES,
};
