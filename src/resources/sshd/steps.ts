import type { Step } from "../../model/step.ts";

const STATE = `dir=\${DROVER_STATE:-/var/lib/drover}`;

/**
 * Lets sshd judge the whole configuration with the staged drop-in in its place, in a copy, before anything is moved.
 * `{}` is the staged file.
 */
export const CHECK = [
  "sh",
  "-c",
  `d=$(mktemp -d) || exit; trap 'rm -rf "$d"' EXIT; mkdir "$d/parts" || exit
for f in /etc/ssh/sshd_config.d/*.conf; do [ ! -f "$f" ] || cp -- "$f" "$d/parts/" || exit; done
cp -- "$1" "$d/parts/00-drover.conf" || exit
sed "s#^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=\\"]*[^[:space:]]*sshd_config[.]d/[*][.]conf\\"*#Include $d/parts/*.conf#" /etc/ssh/sshd_config >"$d/sshd_config" || exit
mkdir -p -m 0755 /run/sshd
sshd -t -f "$d/sshd_config"`,
  "sh",
  "{}",
] as const;

/** The daemon reads its configuration again; it keeps its connections, and has to be there still a moment later. */
export function reload(movesPort: boolean): Step[] {
  const script = `mkdir -p -m 0755 /run/sshd; sshd -t || exit
if [ -d /run/systemd/system ]; then
  if [ "$1" = port ] && systemctl -q is-active ssh.socket; then systemctl daemon-reload && systemctl restart ssh.socket || exit; fi
  for unit in ssh.service sshd.service; do
    systemctl -q is-active $unit || continue
    systemctl reload $unit || exit
    for look in 1 2 3 4; do sleep 0.25; systemctl -q is-active $unit || { printf '%s did not stand the reload\\n' $unit; exit 1; }; done
    exit 0
  done
elif [ -r /run/sshd.pid ] && read -r pid </run/sshd.pid; then
  kill -HUP "$pid" || exit
  # It takes its pid file away, and writes it again once it listens.
  stood=0
  for look in $(seq 60); do
    sleep 0.25; if [ -s /run/sshd.pid ]; then stood=$((stood + 1)); else stood=0; fi
    [ $stood -lt 4 ] || break
  done
  [ $stood -ge 4 ] && kill -0 "$(cat /run/sshd.pid)" || { printf 'sshd did not stand the reload\\n'; exit 1; }
fi`;
  return [{ kind: "exec", argv: ["sh", "-c", script, "sh", movesPort ? "port" : ""], within: 60 }];
}

/** Records which drop-in the daemon has read: after the reload, so that one that was cut off is done again. */
export function record(digest: string): Step {
  const script = `${STATE}; printf '%s\\n' "$1" >"$dir/.sshd" && sync "$dir/.sshd" && mv -f "$dir/.sshd" "$dir/sshd"`;
  return { kind: "exec", argv: ["sh", "-c", script, "sh", digest] };
}

export function forget(): Step {
  return { kind: "exec", argv: ["sh", "-c", `${STATE}; rm -f "$dir/sshd"`] };
}

export function evidence(): Step[] {
  return [
    { kind: "exec", argv: ["sshd", "-t"] },
    {
      kind: "exec",
      argv: [
        "sh",
        "-c",
        "! command -v journalctl >/dev/null || journalctl --no-pager -n 20 -u ssh.service -u sshd.service",
      ],
    },
  ];
}
