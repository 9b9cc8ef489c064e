import { QUIET } from "../../../model/apt.ts";
import type { ExecStep, Step } from "../../../model/step.ts";
import { DENY, TAKE_BACK } from "./policy.ts";

/**
 * Keeps maintainer scripts from starting services: systemctl takes it for an image being made, invoke-rc.d for single
 * user mode, but with sysvinit. An environment leaves nothing behind when it is cut off, as a policy-rc.d file would.
 */
const NO_START = { SYSTEMD_OFFLINE: "1", RUNLEVEL: "1", PREVLEVEL: "N" };

const OPTIONS = ["-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
const KEEP_CONFIG = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"];
/** A name that no package has must not be taken for a regular expression, which may match hundreds. */
const NAMES_ONLY = ["-o", "APT::Cmd::Pattern-Only=true"];

const LONG = 1800;

const CONFIGURE = ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"];

/** Finishes what a dpkg that was cut off left behind; `quiet` where what it was at was not to start. */
export function repair({ start, init }: Pick<Install, "start" | "init">): Step {
  if (start) return { kind: "exec", argv: CONFIGURE, env: QUIET, within: LONG };
  const argv = ["sh", "-c", `${init === "sysv" ? DENY : ""}shift; "$@"`, "sh", "quiet", ...CONFIGURE];
  return { kind: "exec", argv, env: { ...QUIET, ...NO_START }, within: LONG };
}

/** The first argument `always`, else only when the sources are newer than the lists: a file before this may change them. */
const UPDATE = `newest() { stat -c %Y "$@" 2>/dev/null | sort -n | tail -n 1; }
lists=$(newest /var/lib/apt/lists /var/lib/apt/lists/partial)
sources=$(newest /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*)
[ "$1" = always ] || [ "\${sources:-0}" -ge "\${lists:-0}" ] || exit 0
shift; exec apt-get "$@" update`;

export function updateLists(when: "always" | "stale"): Step {
  return { kind: "exec", argv: ["sh", "-c", UPDATE, "sh", when, ...OPTIONS], env: QUIET, within: LONG };
}

export interface Install {
  /** `name` or `name=version`. */
  readonly names: readonly string[];
  readonly start: boolean;
  /** What runs services here. */
  readonly init: string;
  /** Further flags of apt-get. */
  readonly flags?: readonly string[];
}

/** Configuration that somebody changed stays, and the package's own is put beside it: that is said. */
const INSTALL = `nl='
'
beside() { find /etc -xdev '(' -name '*.dpkg-dist' -o -name '*.ucf-dist' ')' -exec stat -c '%Z %n' {} + 2>/dev/null; }
before=$(beside)
"$@"; code=$?
IFS=$nl; set -f
for one in $(beside); do
  case "$nl$before$nl" in *"$nl$one$nl"*) continue ;; esac
  one=\${one#* }
  printf 'note: %s was changed here and stays so; what the package brings is in %s\\n' "\${one%.*}" "$one"
done
exit $code`;

export function install({ names, start, init, flags = [] }: Install): ExecStep {
  const argv = [
    ...[
      "sh",
      "-c",
      start || init !== "sysv" ? INSTALL : `${DENY}${INSTALL}`,
      "sh",
      "apt-get",
      ...OPTIONS,
      ...KEEP_CONFIG,
      ...NAMES_ONLY,
    ],
    ...["--no-install-recommends", "--no-remove", ...flags, "install", "--", ...names],
  ];
  return { kind: "exec", argv, env: start ? QUIET : { ...QUIET, ...NO_START }, within: LONG };
}

export function holding(how: "hold" | "unhold", names: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["apt-mark", how, "--", ...names] };
}

export function markManual(names: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["apt-mark", "manual", "--", ...names] };
}

/** update-rc.d takes the links of both kinds of init system, where there are any; a unit without a script is left to systemctl. */
const DISABLE = `shift; umask 022
${TAKE_BACK}
off() { for link in /etc/rc[S2-5].d/S[0-9][0-9]"$1"; do if [ -L "$link" ]; then update-rc.d "$1" disable; return; fi; done; }
for name in "$@"; do
  for file in $(dpkg-query -L "$name"); do
    unit=\${file##*/}
    case $file in
      /etc/init.d/*) off "$unit" || exit ;;
      *@.*) ;;
      /lib/systemd/system/*.service|/lib/systemd/system/*.socket|/lib/systemd/system/*.timer|/lib/systemd/system/*.path|/usr/lib/systemd/system/*.service|/usr/lib/systemd/system/*.socket|/usr/lib/systemd/system/*.timer|/usr/lib/systemd/system/*.path)
        if command -v systemctl >/dev/null; then systemctl disable -- "$unit" || exit; else off "\${unit%.service}" || exit; fi ;;
    esac
  done
done`;

export function disableUnits(names: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", DISABLE, "sh", "--", ...names] };
}
