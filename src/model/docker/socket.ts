import { type Answer, type Answers, isUnknown, parseAnswer, unknownWhy } from "../answer.ts";
import type { Asker } from "../query.ts";
import type { Observed } from "../resource.ts";
import type { CallStep, ExecStep } from "../step.ts";

/** Where the container engine listens. */
export const SOCKET = "/var/run/docker.sock";
/** The command, told where to go: no context, no DOCKER_HOST of somebody's login changes that. */
export const DOCKER = ["docker", "-H", `unix://${SOCKET}`] as const;
export const ENGINE = "docker";
export const ENGINE_KEY = `container-engine:${ENGINE}`;
/** Oldest API that is spoken: Docker 20.10. */
export const MIN_API = 41;

/** Seconds in which an engine that works has answered. */
const ASK = 20;

/**
 * A set-wise asker of the engine: names in "$@", and `@owner` for all that an owner has. Without an engine all is
 * absent; with one that cannot be asked all is unknown. `body` sets `dk_out` to lines `kind:name<TAB>answer`; it finds
 * the names in "$@" and the owners in `dk_owners`, lists with `dk_list` and inspects with `dk_inspect`.
 */
export function engineAsker(kind: string, body: string): Asker {
  return `
dk_d='timeout ${ASK} ${DOCKER.join(" ")}'; dk_why=; dk_out=; dk_bad=; dk_owners=
dk_list() { dk_got=$($dk_d "$@" 2>/dev/null) || { dk_bad=$($dk_d "$@" 2>&1 >/dev/null); : "\${dk_bad:=failed}"; return 1; }; }
dk_inspect() { # what is gone in the meantime is no failure
  dk_got=$($dk_d "$@" 2>&1) || dk_bad=$(printf '%s\n' "$dk_got" | grep -vi -e '^${kind}:' -e 'no such' -e '^warning' -e '^$')
  dk_got=$(printf '%s\n' "$dk_got" | grep '^${kind}:'); [ -z "$dk_bad" ]
}
if [ ! -S ${SOCKET} ]; then
  if command -v dockerd >/dev/null 2>&1; then dk_why='unknown why=stopped'; else dk_why=absent; fi
elif [ ! -w ${SOCKET} ]; then dk_why='unknown why=rights'
elif ! command -v docker >/dev/null 2>&1; then dk_why='unknown why=no-client'
fi
for dk_a in "$@"; do
  shift
  case $dk_a in @*) dk_owners="$dk_owners \${dk_a#@}" ;; *) set -- "$@" "$dk_a" ;; esac
done
if [ -z "$dk_why" ]; then
${body.trim()}
  case $dk_bad in
    '') ;;
    *'onnect to the Docker daemon'*|*'onnection refused'*)
      if command -v dockerd >/dev/null 2>&1; then dk_why='unknown why=stopped'; else dk_why=absent; fi ;;
    *'ermission denied'*) dk_why='unknown why=rights' ;;
    *) dk_why="unknown why=$(word "$(printf '%s' "$dk_bad" | head -n 1)")" ;;
  esac
fi
[ -z "$dk_out" ] || printf '%s\n' "$dk_out"
for dk_a in "$@"; do
  case "$nl$dk_out$nl" in *"$nl${kind}:$dk_a$tab"*) ;; *) line "${kind}:$dk_a" "\${dk_why:-absent}" ;; esac
done
for dk_a in $dk_owners; do line "${kind}:@$dk_a" "\${dk_why:-read}"; done
`;
}

/** One request to the engine. Deadlines are generous: a busy engine is not a broken one. */
export function call(method: CallStep["method"], path: string, more: Partial<CallStep> = {}): CallStep {
  return { kind: "call", socket: SOCKET, method, path, ...more };
}

/** The engine's own command. */
export function docker(argv: readonly string[], more: Partial<ExecStep> = {}): ExecStep {
  return { kind: "exec", argv: [...DOCKER, ...argv], ...more };
}

/** A question about the things on the engine: those of an owner, besides those that are named. */
export function ownedArg(owner: string): string {
  return `@${owner}`;
}

/**
 * Reads an answer about a thing on the engine. Where the engine could not be asked because it does not run, and this
 * plan starts it, the thing is planned as if it were not there: the host decides when it is, and skips what stands.
 */
export function observe<State>(
  answer: Answer | undefined,
  answers: Answers,
  state: (answer: Answer) => { state: State; owners: readonly string[] },
): Observed<State> {
  if (answer === undefined || answer === "absent") return { kind: "absent" };
  if (!isUnknown(answer)) return { kind: "present", ...state(answer) };
  const why = unknownWhy(answer);
  const startable = why === "stopped" || why === "no-client";
  const running = parseAnswer(answers.get(ENGINE_KEY) ?? "").head === "running";
  return startable && running ? { kind: "absent" } : { kind: "unknown", why: WHYS[why] ?? why };
}

const WHYS: Readonly<Record<string, string>> = {
  stopped: "the container engine does not run",
  rights: "no right to use the container engine's socket",
  "no-client": "the command `docker` is missing",
};
