import { awaitIdle, removePackages } from "../apt.ts";
import type { Facts } from "../facts.ts";
import type { Asker } from "../query.ts";
import type { Step } from "../step.ts";
import { OWNER } from "./label.ts";
import { DOCKER, SOCKET } from "./socket.ts";

const CLIENT = DOCKER.join(" ");

/** `container-engine:docker`: absent, stopped, no-client (it runs, its command is missing), or running with versions. */
export const ENGINE_ASKER: Asker = `
ce_said=absent; ce_daemon=; ce_client=
command -v dockerd >/dev/null 2>&1 && ce_daemon=1
command -v docker >/dev/null 2>&1 && ce_client=1
if [ -S ${SOCKET} ] && [ ! -w ${SOCKET} ]; then ce_said='unknown why=rights'
elif [ -n "$ce_client" ] && [ -S ${SOCKET} ] && ce_v=$(timeout 20 ${CLIENT} version --format '{{.Server.Version}} {{.Server.APIVersion}}' 2>/dev/null); then
  ce_said="running version=$(word "\${ce_v% *}") api=$(word "\${ce_v##* }")"
elif [ -n "$ce_daemon" ] && [ -n "$ce_client" ]; then ce_said=stopped
elif [ -n "$ce_daemon" ]; then ce_said=no-client
fi
for ce_a in "$@"; do line "container-engine:$ce_a" "$ce_said"; done
`;

/** `engine-guests:<owner>`: what of others is on the engine. Build leftovers and bases that Drover made do not count. */
export const GUESTS_ASKER: Asker = `
for eg_a in "$@"; do
  eg_scope=\${eg_a%/production}; case $eg_scope in */*) eg_scope=\${eg_scope%%/*}.\${eg_scope#*/} ;; esac
  if [ ! -S ${SOCKET} ] || ! command -v dockerd >/dev/null 2>&1; then line "engine-guests:$eg_a" none; continue; fi
  if eg_c=$(timeout 20 ${CLIENT} ps -a --format '{{.Label "${OWNER}"}}|{{.Label "drover.build"}}' 2>/dev/null) &&
    eg_v=$(timeout 20 ${CLIENT} volume ls --format '{{.Label "${OWNER}"}}|' 2>/dev/null) &&
    eg_i=$(timeout 20 ${CLIENT} image ls --format '{{.Repository}}' 2>/dev/null); then
    eg_c=$(printf '%s\\n' "$eg_c" | grep -c -v -x -F -e "$eg_a|" -e '|container' -e '')
    eg_v=$(printf '%s\\n' "$eg_v" | grep -c -v -x -F -e "$eg_a|" -e '')
    eg_i=$(printf '%s\\n' "$eg_i" | while IFS= read -r eg_r; do
      case $eg_r in ''|'<none>'|"drover/$eg_scope".*) ;; drover/*.*) printf 'x\\n' ;; drover/*) ;; *) printf 'x\\n' ;; esac; done | grep -c x)
    if [ "$eg_c $eg_v $eg_i" = '0 0 0' ]; then line "engine-guests:$eg_a" none
    else line "engine-guests:$eg_a" "guests containers=$eg_c volumes=$eg_v images=$eg_i"; fi
  else line "engine-guests:$eg_a" 'unknown why=engine-does-not-answer'; fi
done
`;

/** Debian's client is a package of its own since trixie. */
export function enginePackages({ release }: Pick<Facts, "release">): string[] {
  const whole = ["buster", "bullseye", "bookworm", "focal", "jammy", "noble"].includes(release);
  return ["docker.io", "ca-certificates", ...(whole ? [] : ["docker-cli"])];
}

/** Lists are fetched where there are none, and once more when they turn out to be too old. */
const GET = `
get() {
  apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef \\
    -o Dpkg::Options::=--force-confold "$@"
}
ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 || apt-get update -q || exit
get "$@" || { apt-get update -q && get "$@"; }
`;

/** Keeps the package's own start script away where no init system is: it takes this for single user mode. */
const NO_START = { RUNLEVEL: "1", PREVLEVEL: "N" };

export function installSteps(facts: Facts): Step[] {
  const env = { DEBIAN_FRONTEND: "noninteractive", ...(facts.init === "none" ? NO_START : {}) };
  return [{ kind: "exec", argv: ["sh", "-c", GET, "sh", ...enginePackages(facts)], env, within: 1800 }];
}

/** One that runs already takes no harm: what is started a second time ends by itself. */
export function startSteps({ init }: Pick<Facts, "init">): Step[] {
  const start: Step[] =
    init === "systemd"
      ? [{ kind: "exec", argv: ["systemctl", "enable", "--now", "docker.service"], within: 120 }]
      : init === "sysv"
        ? [{ kind: "exec", argv: ["service", "docker", "start"], within: 120 }]
        : [{ kind: "exec", argv: ["dockerd"], detach: true, log: "/var/log/drover-dockerd.log" }];
  return start;
}

/** One that has ended may stay in the process table where nobody takes it out: it has no program any more. */
const END = `pid=$(cat /var/run/docker.pid) || exit 0
lives() { readlink "/proc/$pid/exe" >/dev/null; }
kill "$pid"; n=0; while lives && [ $n -lt 60 ]; do sleep 1; n=$((n + 1)); done; ! lives`;

export function stopSteps({ init }: Pick<Facts, "init">): Step[] {
  switch (init) {
    case "systemd":
      return [
        { kind: "exec", argv: ["systemctl", "disable", "--now", "docker.service", "docker.socket"], within: 180 },
      ];
    case "sysv":
      return [{ kind: "exec", argv: ["service", "docker", "stop"], within: 180 }];
    default:
      return [{ kind: "exec", argv: ["sh", "-c", END], within: 120 }];
  }
}

/** Its data stays, and so does its configuration: with that, the package would take all data away. */
export function uninstallSteps(facts: Facts): Step[] {
  const packages = enginePackages(facts).filter((name) => name !== "ca-certificates");
  return [awaitIdle, removePackages(packages, "--remove")];
}
