import type { ExecStep } from "../../model/step.ts";

/** The link is swapped by rename. /etc/timezone is kept right where it is: newer systems have none. */
const SET = `
[ -f "/usr/share/zoneinfo/$1" ] || { echo "there is no time zone $1 here: the package tzdata brings them"; exit 1; }
if [ -e /etc/timezone ]; then
  printf '%s\\n' "$1" >/etc/.drover.timezone.new && chmod 0644 /etc/.drover.timezone.new || exit
  sync /etc/.drover.timezone.new 2>/dev/null || sync
  mv -f /etc/.drover.timezone.new /etc/timezone || exit
fi
rm -f /etc/.drover.localtime.new
ln -s "/usr/share/zoneinfo/$1" /etc/.drover.localtime.new && mv -fT /etc/.drover.localtime.new /etc/localtime || exit
sync /etc 2>/dev/null || sync`;

export function zoneStep(zone: string): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", SET, "sh", zone], within: 30 };
}
