import type { Asker } from "../../model/query.ts";

/**
 * `hostname:system`: `name file= kernel=`: what /etc/hostname says and what the kernel has; with `mounted=yes` where the
 * file cannot be replaced, `closed=yes` where we may not name the kernel, and `cloud=overwrites` where cloud-init sets another at the next boot.
 */
export const HOSTNAME: Asker = `(
exec 2>/dev/null
hostname_f=
if [ -r /etc/hostname ]; then while read -r hostname_l || [ -n "$hostname_l" ]; do case $hostname_l in ''|'#'*) ;; *) hostname_f=$hostname_l; break ;; esac; done </etc/hostname
elif [ -e /etc/hostname ]; then line hostname:system 'unknown why=/etc/hostname%20may%20not%20be%20read'; exit; fi
hostname_a="name file=$(word "$hostname_f") kernel=$(word "$(uname -n)")"
while read -r hostname_l hostname_v; do
  # CAP_SYS_ADMIN is bit 21.
  case $hostname_l$hostname_v in CapEff:*[2367abef]?????) ;; CapEff:*) hostname_a="$hostname_a closed=yes" ;; esac
done </proc/self/status
! cut -d ' ' -f 5 /proc/self/mountinfo | grep -qx /etc/hostname || hostname_a="$hostname_a mounted=yes"
if [ -d /etc/cloud ] && [ ! -e /etc/cloud/cloud-init.disabled ] && command -v cloud-init >/dev/null &&
  ! grep -sqE '^[ \\t]*preserve_hostname:[ \\t]*true' /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg; then hostname_a="$hostname_a cloud=overwrites"; fi
line hostname:system "$hostname_a"
)`;
