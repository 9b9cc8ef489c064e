import { digestOf } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ABSENT } from "../../model/answer.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import type { ServiceSpec } from "../service.ts";
import { answerOf, configDigest, fitsRunning, type ServiceState } from "./state.ts";
import { awaitReady, FOLDER, forget, record } from "./steps.ts";

/** Where there is no init system: we start it in a session of its own, and know it again by its recorded process. */
export function planDaemon(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  { answers, facts }: PlanContext,
): Planned {
  const key = `service:${name}`;
  const ours = state?.by === "drover" ? state : undefined;
  if (ours === undefined && !spec.running) return noop(answers.has(key) ? { [key]: answers.get(key) ?? ABSENT } : {});
  const verb = verbFor(spec, ours);
  const from = { [key]: state === undefined ? ABSENT : answerOf(state) };
  if (verb === undefined) return noop(from);
  return {
    action: ours === undefined ? "create" : "update",
    diff: diffFor(spec, ours, verb),
    steps: stepsFor(name, spec, ours, verb),
    from,
    to: { [key]: answerOf(after(spec, state, verb)) },
    ...(ours === undefined ? { undo: [stop(name), forget(name)] } : {}),
    evidence: [{ kind: "exec", argv: ["tail", "-n", "50", logOf(name)], within: 30 }],
    ...(verb === "start" ? { notes: [`nothing starts ${name} with the machine: ${missing(facts.init)}`] } : {}),
  };
}

function missing(init: string): string {
  return init === "sysv" ? "it has no init script" : "there is no init system";
}

type Verb = "start" | "stop" | "restart" | "reload" | undefined;

function verbFor(spec: ServiceSpec, state: ServiceState | undefined): Verb {
  if (state === undefined || !fitsRunning(state.active, spec.running)) return spec.running ? "start" : "stop";
  const [before, after] = [partsOf(state.config), partsOf(startedWith(spec, state))];
  if (!spec.running || (before.argv === after.argv && before.config === after.config)) return undefined;
  return before.argv !== after.argv || spec.reload === false ? "restart" : "reload";
}

/** What it runs with: its argument list, which only a restart changes, and its configuration. */
function startedWith(spec: ServiceSpec, state: ServiceState | undefined): string {
  const { argv, config } = partsOf(state?.config ?? "none");
  return [spec.argv === undefined ? argv : digestOf(spec.argv).slice(0, 8), configDigest(spec) ?? config].join("-");
}

function partsOf(recorded: string): { argv: string; config: string } {
  const [argv = "none", config = "none"] = recorded.split("-");
  return { argv, config };
}

function stepsFor(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  verb: Exclude<Verb, undefined>,
): Step[] {
  const last = [...awaitReady(name, spec), record(name, startedWith(spec, state))];
  switch (verb) {
    case "stop":
      return [stop(name)];
    case "reload":
      return [signal(name, typeof spec.reload === "string" ? spec.reload : "HUP"), ...last];
    case "start":
    case "restart":
      // Stopping first leaves a record without a process, which the next step waits to see replaced.
      return [stop(name), ...start(name, spec), ...last];
    default:
      return verb satisfies never;
  }
}

function after(spec: ServiceSpec, state: ServiceState | undefined, verb: Verb): ServiceState {
  return {
    by: "drover",
    unit: state?.unit ?? "own",
    enabled: "none",
    active: verb === "stop" ? "inactive" : "active",
    config: verb === "stop" ? (state?.config ?? "none") : startedWith(spec, state?.by === "drover" ? state : undefined),
    stale: "no",
  };
}

function diffFor(spec: ServiceSpec, state: ServiceState | undefined, verb: Verb): Diff[] {
  const config = { path: "config", from: state?.config ?? "", to: startedWith(spec, state) };
  const isMove = verb === "start" || verb === "stop";
  return [
    ...(isMove ? [{ path: "running", from: state?.active ?? "", to: spec.running ? "active" : "inactive" }] : []),
    ...(verb !== "stop" && config.from !== config.to ? [config] : []),
    ...(isMove ? [] : [{ path: "process", from: "as it is", to: `${verb}ed` }]),
  ];
}

export function logOf(name: string): string {
  return `/var/log/drover/${name}.log`;
}

/** The shell writes down what it is before it becomes the daemon: number, start and boot name one process for ever. */
const START = `${FOLDER}; umask 022; cd /; name=$1; shift
start=$(sed 's/.*) //' "/proc/$$/stat" | cut -d ' ' -f 20); read -r boot </proc/sys/kernel/random/boot_id
printf '%s %s %s\\n' "$$" "$start" "$boot" >"$dir/.$name.pid.new" && mv -f "$dir/.$name.pid.new" "$dir/$name.pid" && exec "$@"`;

const STARTED = `${FOLDER}; n=0
while [ $n -lt 100 ]; do
  { read -r pid rest <"$dir/$1.pid"; } 2>/dev/null && [ "$pid" != - ] && exit 0
  n=$((n + 1)); sleep 0.1
done
printf '%s did not start\\n' "$1"; exit 1`;

function start(name: string, { argv }: ServiceSpec): ExecStep[] {
  if (argv === undefined) {
    throw new DroverError("CONFLICT", `service:${name} has to be started, and \`argv\` does not say how`, {
      hint: "give it `argv`: nothing else starts it here",
    });
  }
  return [
    { kind: "exec", argv: ["sh", "-c", START, "sh", name, ...argv], detach: true, log: logOf(name) },
    { kind: "exec", argv: ["sh", "-c", STARTED, "sh", name], within: 30 },
  ];
}

/** The process of the record, and no other that has its number by now. */
const PROCESS = `${FOLDER}; file=$dir/$1.pid
alive() {
  { read -r pid start boot <"$file"; } 2>/dev/null || return 1
  [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
  set -- $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null)
  [ "\${1:-Z}" != Z ] && [ "\${20}" = "$start" ]
}`;

const STOP = `${PROCESS}
if alive; then
  kill -TERM "$pid"; n=0
  while alive && [ $n -lt 150 ]; do n=$((n + 1)); sleep 0.2; done
  if alive; then kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid"; sleep 0.5; fi
  if alive; then printf '%s (%s) does not end\\n' "$1" "$pid"; exit 1; fi
fi
printf '%s\\n' '- - -' >"$dir/.$1.pid.new" && mv -f "$dir/.$1.pid.new" "$file"`;

export function stop(name: string): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", STOP, "sh", name], within: 60 };
}

function signal(name: string, name2: string): ExecStep {
  const script = `${PROCESS}\nalive && kill -s "$2" "$pid"`;
  return { kind: "exec", argv: ["sh", "-c", script, "sh", name, name2] };
}
