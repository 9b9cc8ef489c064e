import { sha256 } from "../../lib/digest.ts";
import type { Answers } from "../../model/answer.ts";
import type { Asker, Query } from "../../model/query.ts";
import type { ServiceSpec } from "../service.ts";
import { isRunning, type ServiceState } from "./state.ts";

/**
 * `service-since:<name>`, with whether a reload is enough, and the things that it follows: `since with=` and the digest of what
 * those are now, when all of them are older than the moment at which systemd last started it (or told it to reload). `older`
 * when one is newer; `recorded` when we started it ourselves; `unseen` where it cannot be told, as after the clock was set.
 *
 * The change of an inode is what counts, which nobody can date back, with some room for the kernel's coarse clock.
 */
export const SERVICE_SINCE: Asker = `(
exec 2>/dev/null; set -f
since_n=$1; since_how=$2; shift 2
since_says() { line "service-since:$since_n" "$1"; exit 0; }
[ ! -e "$DROVER_STATE/services/$since_n" ] || since_says recorded
[ -d /run/systemd/system ] && command -v busctl >/dev/null || since_says unseen
case $since_n in *.service | *.socket | *.timer | *.path | *.target | *.mount | *.automount | *.swap | *.slice) since_u=$since_n ;; *) since_u=$since_n.service ;; esac
since_bus=org.freedesktop.systemd1
since_at=$(busctl call $since_bus /org/freedesktop/systemd1 $since_bus.Manager GetUnit s "$since_u") || since_says unseen
since_at=\${since_at#*\\"}; since_at=\${since_at%\\"*}
# In microseconds: by the clock, and since the machine started.
set -- $(busctl get-property $since_bus "$since_at" $since_bus.Unit InactiveExitTimestamp InactiveExitTimestampMonotonic) "$@"
[ "\${1-}:\${3-}" = t:t ] && [ "$4" -gt 0 ] || since_says unseen
since_start=$2; since_up=$4; shift 4
read -r since_now since_x </proc/uptime || since_says unseen
since_off=$(($(date +%s) - \${since_now%.*} + since_up / 1000000 - since_start / 1000000))
[ $since_off -le 2 ] && [ $since_off -ge -2 ] || since_says unseen
since_last=$since_start
if [ "$since_how" = reload ] && since_l=$(busctl get-property $since_bus "$since_at" $since_bus.Service ReloadResult ExecReload); then
  case $since_l in 's "success"'*)
    for since_x in $since_l; do
      # Its first number of this length is when the first of its programs began.
      case \${#since_x}:$since_x in 16:*[!0-9]*) ;; 16:*) [ "$since_x" -le $since_last ] || since_last=$since_x; break ;; esac
    done ;;
  esac
fi
since_text=
for since_r in "$@"; do
  since_t=$since_last; since_c=; since_p=\${since_r#*:}
  case $since_r in
    package:*) packages; if [ $packages_by = dnf ]; then
      case $since_p in *:*) since_p=\${since_p%%:*}.\${since_p#*:} ;; esac
      since_v=$(rpm -q --qf '%{EPOCHNUM}:%{VERSION}-%{RELEASE} %{INSTALLTIME}\\n' -- "$since_p") || since_says unseen
      # Which of several it runs with cannot be told. The second in which it went in counts whole.
      case $since_v in *"$nl"*) since_says unseen ;; esac
      since_c=$((\${since_v##* } + 1)).000000; since_v=\${since_v% *}; since_v=\${since_v#0:}
    else
      since_v=$(dpkg-query -W -f '\${Version}' "$since_p"); since_l=/var/lib/dpkg/info/$since_p.list
      [ -e "$since_l" ] || since_l=/var/lib/dpkg/info/$since_p:$(dpkg --print-architecture).list
      since_p=$since_l; fi ;;
    unit:*) since_p=/etc/systemd/system/$since_p; since_t=$since_start ;;
    drop-in:*) since_p=/etc/systemd/system/\${since_p%/*}.d/\${since_p##*/}.conf; since_t=$since_start ;;
  esac
  case $since_r in
    package:*) ;;
    link:*) since_v=$(printf %s "$(readlink -- "$since_p")" | sha256sum); since_v=\${since_v%% *} ;;
    *) since_v=$(sha256sum <"$since_p"); since_v=\${since_v%% *} ;;
  esac
  [ -n "$since_c" ] || since_c=$(stat -c %.Z -- "$since_p")
  case $since_c in *[!0-9.]* | '' | *.*.*) since_says unseen ;; *.??????*) ;; *) since_says unseen ;; esac
  since_x=\${since_c#*.}; since_x=1\${since_x%"\${since_x#??????}"}
  [ $((\${since_c%.*} * 1000000 + since_x - 1000000 + 10000)) -lt "$since_t" ] || since_says older
  since_text=$since_text$since_r=$since_v$nl
done
since_text=$(printf %s "$since_text" | sha256sum)
since_says "since with=\${since_text%% *}"
)`;

const LINE = /^((?:file|link|package|unit|drop-in):.+)=([^=\s]+)$/g;

/** What it follows, as `type:name=digest` lines; undefined where it runs with something else besides, which nobody can see. */
function followed({ config = "", definition = "", unit }: ServiceSpec): RegExpMatchArray[] | undefined {
  const lines = `${config}\n${definition}`.split("\n").filter((line) => line !== "");
  const found = lines.flatMap((line) => [...line.matchAll(LINE)]);
  return lines.length > 0 && found.length === lines.length && unit === undefined ? found : undefined;
}

/** The question whether a service that others started runs with what it follows. */
export function sinceQuery(name: string, spec: ServiceSpec): Query[] {
  const lines = spec.running ? followed(spec) : undefined;
  if (lines === undefined) return [];
  const extra = [spec.reload === false ? "restart" : "reload", ...lines.map(([, ref = ""]) => ref)];
  return [{ kind: "service-since", arg: name, extra }];
}

/**
 * Whether a service that was not started by us runs with what it follows all the same: then nothing restarts because Drover
 * came. What changes in the same run is another text by now; what changes later is newer.
 */
export function runsWithIt(name: string, spec: ServiceSpec, state: ServiceState, answers: Answers): boolean {
  if (state.config !== "none" || state.stale === "yes" || !spec.running || !isRunning(state.active)) return false;
  const text = followed(spec)?.map(([line]) => `${line}\n`);
  return text !== undefined && answers.get(`service-since:${name}`) === `since with=${sha256(text.join(""))}`;
}
