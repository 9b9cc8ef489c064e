import { quote } from "../../lib/quote.ts";
import type { Asker } from "../query.ts";
import type { Step } from "../step.ts";

/** Where secrets in files rest: root's alone, sealed where the machine can. */
export const FILES = "/var/lib/drover/files";
/** Where containers get sealed ones from: a tmpfs, filled before the container engine starts. */
export const UNSEALED = "/run/drover/files";

export const SEALING_KEY = "sealing:files";
const UNIT = "/etc/systemd/system/drover-files.service";
const SCRIPT = `${FILES}/.unseal`;

/** `sealing:files`: `systemd-creds` where systemd can seal files with the machine's key or its TPM, else `none`. */
export const SEALING_ASKER: Asker = `
sealing_by=none
[ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemd-creds >/dev/null 2>&1 && sealing_by=systemd-creds
for sealing_a in "$@"; do line "sealing:$sealing_a" "$sealing_by"; done
`;

/** Owner and mode of a sealed file are those that its content gets. */
const UNSEAL = `#!/bin/sh
# Puts the files of Drover's containers where the container engine finds them when it starts.
umask 077
failed=0
for sealed in ${FILES}/*/*.cred; do
  [ -e "$sealed" ] || continue
  folder=\${sealed%/*} name=\${sealed##*/}
  folder=${UNSEALED}/\${folder##*/} name=\${name%.cred}
  mkdir -p "$folder" && systemd-creds decrypt --name="$name" "$sealed" "$folder/.$name" &&
    chown --reference="$sealed" "$folder/.$name" && chmod --reference="$sealed" "$folder/.$name" &&
    mv -f "$folder/.$name" "$folder/$name" || failed=1
done
exit $failed
`;

const UNIT_TEXT = `[Unit]
Description=Files of Drover's containers
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${SCRIPT}

[Install]
WantedBy=docker.service
`;

/** Arguments: container, names of the files. What is sealed is durable before the container is made. */
const SEAL = `
unit=${quote(UNIT_TEXT)}
script=${quote(UNSEAL)}
container=$1; shift
put() { [ "$(cat "$1" 2>/dev/null; printf x)" = "$2x" ] && return 1; printf '%s' "$2" >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1"; }
put ${SCRIPT} "$script"
if put ${UNIT} "$unit"; then chmod 0644 ${UNIT} && systemctl daemon-reload || exit; fi
systemctl is-enabled --quiet drover-files.service || systemctl enable --quiet drover-files.service || exit
for name in "$@"; do
  plain=${UNSEALED}/$container/$name sealed=${FILES}/$container/$name.cred
  systemd-creds encrypt --name="$name" "$plain" "$sealed.new" &&
    chown --reference="$plain" "$sealed.new" && chmod --reference="$plain" "$sealed.new" &&
    sync "$sealed.new" && mv -f "$sealed.new" "$sealed" || exit
done
sync "${FILES}/$container"
`;

/** Seals what lies unsealed in the tmpfs, and sees to it that it is there again after a reboot. */
export function sealStep(container: string, names: readonly string[]): Step {
  return { kind: "exec", argv: ["sh", "-c", SEAL, "sh", container, ...names], within: 120 };
}

/** In the removal of files: with the last of them the unit goes, too. */
export const FORGET_UNIT = `
if [ -e ${SCRIPT} ] && [ "$(ls -A ${FILES})" = .unseal ]; then
  systemctl disable --quiet drover-files.service; rm -f ${UNIT} ${SCRIPT}; systemctl daemon-reload
fi`;
