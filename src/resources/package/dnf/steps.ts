import type { ExecStep } from "../../../model/step.ts";

/** What starts nothing: systemctl takes it for an image being made. */
export const NO_START = { SYSTEMD_OFFLINE: "1" };

export const LONG = 1800;

/** Nothing asks; a lock is said at once, and waited for by `RUN`. Recommended packages stay out. */
export const OPTIONS = ["-y", "--setopt=exit_on_lock=True", "--setopt=install_weak_deps=False"];
/** What needs no repository is not to fail for the sake of one. */
export const LOCAL = [...OPTIONS, "--disablerepo=*"];

/**
 * `run` calls dnf, and again for five minutes while another holds one of its locks (which it ends with 200 for) or rpm's.
 * What it said is in said, what it ended with in code.
 */
const RUN = `nl='
'
run() {
  tries=0
  while :; do
    said=$("$@" 2>&1); code=$?
    case $code:$said in 200:* | *"can't create transaction lock"*) ;; *) return 0 ;; esac
    [ $tries -lt 150 ] || return 0
    tries=$((tries + 1)); sleep 2
  done
}
`;

/** The verb comes first, for the order of steps; then dnf and its arguments. */
export function dnf(verb: string, args: readonly string[], names: readonly string[]): ExecStep {
  const script = `${RUN}run "$@"; printf '%s\\n' "$said"; exit $code`;
  return { kind: "exec", argv: ["sh", "-c", script, verb, "dnf", ...args, "--", ...names], within: LONG };
}

/**
 * What dnf does not find may be newer than what it has fetched. Configuration that somebody changed stays: rpm puts the
 * package's own beside it, or else the changed one, which is put back then. A script of a package that fails after its files
 * are there is no error to rpm: it is said.
 */
const INSTALL = `${RUN}
beside() { find /etc -xdev '(' -name '*.rpmnew' -o -name '*.rpmsave' ')' -exec stat -c '%Z %n' {} + 2>/dev/null; }
before=$(beside)
run "$@"
case $code:$said in 1:*'Unable to find a match'*) shift; run dnf --refresh "$@" ;; esac
printf '%s\\n' "$said"
[ $code != 0 ] || printf '%s\\n' "$said" |
  sed -n 's/.*warning: \\(%[a-z]*(.*) scriptlet failed.*\\)/note: \\1: rpm takes the package as installed all the same/p'
IFS=$nl; set -f
for one in $(beside); do
  case "$nl$before$nl" in *"$nl$one$nl"*) continue ;; esac
  one=\${one#* }; file=\${one%.*}
  case $one in *.rpmsave)
    [ -f "$file" ] || continue
    cp -p -- "$file" "$file.rpmnew" && mv -f -- "$one" "$file" || code=1 ;;
  esac
  printf 'note: %s was changed here and stays so; what the package brings is in %s\\n' "$file" "$file.rpmnew"
done
exit $code`;

export function install(names: readonly string[], start: boolean): ExecStep {
  const argv = ["sh", "-c", INSTALL, "install", "dnf", ...OPTIONS, "install", "--", ...names];
  return { kind: "exec", argv, ...(start ? {} : { env: NO_START }), within: LONG };
}

/** rpm is asked whether something needs them, and refuses then: dnf would take that along. */
const REMOVE = `${RUN}
shift 2
rpm -e --test -- "$@" || exit
run dnf ${OPTIONS.join(" ")} remove -- "$@"
printf '%s\\n' "$said"; exit $code`;

export function remove(names: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", REMOVE, "sh", "--remove", "--", ...names], within: LONG };
}

/** Presets may have enabled them; of a unit without an [Install] section systemctl says only that. */
const DISABLE = `shift
command -v systemctl >/dev/null || exit 0
for name in "$@"; do
  for file in $(rpm -ql -- "$name"); do
    case $file in
      *@.*) ;;
      /usr/lib/systemd/system/*.service|/usr/lib/systemd/system/*.socket|/usr/lib/systemd/system/*.timer|/usr/lib/systemd/system/*.path|/lib/systemd/system/*.service|/lib/systemd/system/*.socket|/lib/systemd/system/*.timer|/lib/systemd/system/*.path)
        systemctl disable -- "\${file##*/}" || exit ;;
    esac
  done
done`;

export function disableUnits(names: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", DISABLE, "disable", "--", ...names] };
}
