import type { Asker } from "../../model/query.ts";

/** Which boot this is: in a container the kernel's own id outlives it, the start of its first process does not. */
export const BOOT = `reboot_now="$(cat /proc/sys/kernel/random/boot_id).$(set -- $(sed 's/.*) //' /proc/1/stat); shift 19; printf %s "$1")"`;

/**
 * `reboot:main`: `up required=yes|no config=`, with whether something asked for a boot, and the digest of what this boot was made
 * for: `none` when nothing was recorded, `pending` when that boot is still to come.
 */
export const REBOOT: Asker = `(
exec 2>/dev/null
${BOOT}
reboot_required=no; [ ! -e /run/reboot-required ] || reboot_required=yes
reboot_config=none
if [ -r "$DROVER_STATE/reboot" ] && read -r reboot_at reboot_for <"$DROVER_STATE/reboot"; then
  reboot_config=$reboot_for; [ "$reboot_at" != "$reboot_now" ] || reboot_config=pending
fi
line reboot:main "up required=$reboot_required config=$reboot_config"
)`;
