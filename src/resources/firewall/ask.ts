import type { Asker } from "../../model/query.ts";
import { SCRIPT, SCRIPT_FILE, UNIT } from "./files.ts";

/** How the loaded rules are listed: without counters, so that traffic is no drift. */
export const LIST = "nft -s list table inet drover";

/**
 * `firewall-rules:main`: `loaded file= rules=same|other listing=` with the digest of the file they were loaded from, whether they
 * are still as they were right after that, and the digest of how they are listed; `absent nft=yes|no`: without nft nothing
 * loads them.
 */
export const FIREWALL_RULES: Asker = `(
firewall_say() { line firewall-rules:main "$1"; exit 0; }
command -v nft >/dev/null 2>&1 || firewall_say 'absent nft=no'
firewall_list=$(${LIST} 2>&1) || case $firewall_list in
  *'No such file or directory'*) firewall_say 'absent nft=yes' ;;
  *) firewall_say "unknown why=$(word "$(printf '%s' "$firewall_list" | head -n 1)")" ;;
esac
firewall_file=none; firewall_was=
[ ! -r "$DROVER_STATE/firewall" ] || read -r firewall_file firewall_was <"$DROVER_STATE/firewall"
firewall_is=$(printf '%s\\n' "$firewall_list" | sha256sum)
firewall_is=\${firewall_is%% *}; firewall_same=other
[ "$firewall_is" != "$firewall_was" ] || firewall_same=same
firewall_say "loaded file=$firewall_file rules=$firewall_same listing=$firewall_is"
)`;

/**
 * `firewall-boot:main`: `unit enabled= active= stale=yes|no`; with sysvinit `script enabled=enabled|disabled|none`, where a
 * link that is not in insserv's order counts for nothing; `none` where nothing starts anything with the machine.
 */
export const FIREWALL_BOOT: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
if [ ! -d /run/systemd/system ]; then
  read -r firewall_l </proc/1/comm
  [ "$firewall_l" = init ] && [ -x /usr/sbin/update-rc.d ] || { line firewall-boot:main none; exit 0; }
  firewall_enabled=none; [ ! -e ${SCRIPT_FILE} ] || firewall_enabled=disabled
  set +f
  for firewall_l in /etc/rcS.d/S[0-9][0-9]${SCRIPT}; do
    [ -L "$firewall_l" ] && { [ ! -s /etc/init.d/.depend.boot ] || grep -qw '^TARGETS.* ${SCRIPT}' /etc/init.d/.depend.boot; } && firewall_enabled=enabled
  done
  line firewall-boot:main "script enabled=$firewall_enabled"; exit 0
fi
firewall_enabled=; firewall_active=; firewall_stale=
for firewall_l in $(systemctl show --no-pager -p UnitFileState -p ActiveState -p NeedDaemonReload -- ${UNIT}); do
  case $firewall_l in
    UnitFileState=*) firewall_enabled=\${firewall_l#*=} ;;
    ActiveState=*) firewall_active=\${firewall_l#*=} ;;
    NeedDaemonReload=*) firewall_stale=\${firewall_l#*=} ;;
  esac
done
if [ -z "$firewall_active" ]; then line firewall-boot:main 'unknown why=systemd%20does%20not%20answer'
else line firewall-boot:main "unit enabled=\${firewall_enabled:-none} active=$firewall_active stale=\${firewall_stale:-no}"; fi
)`;

/** `firewall-others:main`: `others active= docker=yes|no`: who else rules over what comes in, and whether Docker forwards past it. */
export const FIREWALL_OTHERS: Asker = `(
exec 2>/dev/null
firewall_others=; firewall_docker=no
if [ -r /etc/ufw/ufw.conf ] && grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf && command -v ufw >/dev/null; then firewall_others=ufw; fi
if [ -e /run/firewalld.pid ] || { [ -d /usr/lib/firewalld ] && [ -d /run/systemd/system ] && systemctl -q is-active firewalld; }; then firewall_others=$firewall_others\${firewall_others:+,}firewalld; fi
[ ! -S /run/docker.sock ] || firewall_docker=yes
line firewall-others:main "others active=$firewall_others docker=$firewall_docker"
)`;
