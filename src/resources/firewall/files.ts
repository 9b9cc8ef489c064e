import { sha256 } from "../../lib/digest.ts";
import type { WholeFile } from "../../model/whole-file/state.ts";
import { rulesText } from "./rules.ts";
import type { Wanted } from "./schema.ts";

export const RULES_FILE = "/etc/drover-firewall.nft";
export const UNIT = "drover-firewall.service";
export const UNIT_FILE = `/etc/systemd/system/${UNIT}`;

/** Loads at boot exactly what was loaded at run time. It follows nftables.service, which flushes all tables. */
const UNIT_TEXT = `# Written by Drover. Changes made here are overwritten.
[Unit]
Description=Firewall rules of Drover
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
After=local-fs.target nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
StandardInput=null
ExecStart=/usr/sbin/nft -f ${RULES_FILE}
ExecReload=/usr/sbin/nft -f ${RULES_FILE}

[Install]
WantedBy=sysinit.target
`;

export const unitFile: WholeFile = { path: UNIT_FILE, content: UNIT_TEXT, mode: "0644", owner: "root:root" };

export const SCRIPT = "drover-firewall";
export const SCRIPT_FILE = `/etc/init.d/${SCRIPT}`;

/** The same for sysvinit: before the services of all runlevels. The script of nftables, which flushes all tables, waits for the network. */
const SCRIPT_TEXT = `#!/bin/sh
# Written by Drover. Changes made here are overwritten.
### BEGIN INIT INFO
# Provides:          ${SCRIPT}
# Required-Start:    $local_fs
# Required-Stop:
# Should-Start:      nftables
# Default-Start:     S
# Default-Stop:
# Short-Description: Firewall rules of Drover
### END INIT INFO
case "$1" in
  start | restart | reload | force-reload) exec /usr/sbin/nft -f ${RULES_FILE} ;;
  status) exec /usr/sbin/nft list table inet drover ;;
  stop) ;;
  *) echo "Usage: $0 {start|stop|restart|reload|force-reload|status}" >&2; exit 2 ;;
esac
`;

export const scriptFile: WholeFile = { path: SCRIPT_FILE, content: SCRIPT_TEXT, mode: "0755", owner: "root:root" };

export function rulesFile(wanted: Wanted): WholeFile {
  const bytes = "seen" in wanted ? { sha256: wanted.seen.sha256 } : { content: rulesText(wanted.fields) };
  return { path: RULES_FILE, ...bytes, mode: "0600", owner: "root:root" };
}

/** The digest that the rules' file will have. */
export function digestOf(wanted: Wanted): string {
  return "seen" in wanted ? wanted.seen.sha256 : sha256(rulesText(wanted.fields));
}
