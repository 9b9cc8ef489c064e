import { ANY } from "../../model/answer.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { ServiceSpec } from "../service.ts";
import { answerOf, configDigest, fitsConfig, fitsEnabled, fitsRunning, type ServiceState } from "./state.ts";
import { asInit, awaitReady, record } from "./steps.ts";
import { comesWithPackage } from "./todo.ts";

/** An init script: its links start it with the machine, its own words start and stop it. */
export function planScript(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  { facts, answers }: PlanContext,
): Planned {
  const script = scriptName(name);
  const isNew = state === undefined && (spec.enabled || spec.running || comesWithPackage(name, answers));
  // Without an init system the links mean nothing: they stay as they are.
  const links = facts.init === "sysv" && (state === undefined ? isNew : !fitsEnabled(state.enabled, spec.enabled));
  const verb = state === undefined ? firstVerb(isNew, spec) : verbFor(spec, state);
  const digest = verb === undefined || verb === "stop" ? undefined : configDigest(spec);
  const steps: Step[] = [
    ...(links ? linkSteps(script, spec.enabled, state) : []),
    ...(verb === undefined ? [] : [moving(script, verb, state)]),
    ...(verb === undefined || verb === "stop" ? [] : awaitReady(name, { ...spec, argv: undefined })),
    ...(digest === undefined ? [] : [record(name, digest)]),
  ];
  const key = `service:${name}`;
  const from = { [key]: state === undefined ? ANY : answerOf(state) };
  if (steps.length === 0) return noop(state === undefined ? {} : from);
  return {
    action: state === undefined ? "create" : "update",
    diff: diffFor(spec, state, links, verb),
    steps,
    from,
    to: { [key]: answerOf(after(spec, state, links, verb)) },
    evidence: [{ kind: "exec", argv: ["sh", "-c", EVIDENCE, "sh", script], within: 30 }],
    ...notes(name, spec, isNew, facts.init !== "sysv" && spec.running),
  };
}

/** The init script of a service. */
export function scriptName(name: string): string {
  return name.replace(/\.service$/, "");
}

/** What the script says of itself, and what others wrote down of it. Some print nothing, and end well all the same. */
const EVIDENCE = `service "$1" status; echo "its status ended with $?"
for file in /var/log/syslog /var/log/daemon.log; do [ ! -r "$file" ] || grep -F -- "$1" "$file" | tail -n 20; done; :`;

type Verb = "start" | "stop" | "restart" | "reload" | undefined;

/** What a package brings, its own script starts: it is to run with what came after that, or not at all. */
function firstVerb(isNew: boolean, { running }: ServiceSpec): Verb {
  if (!isNew) return undefined;
  return running ? "restart" : "stop";
}

function moving(script: string, verb: string, state: ServiceState | undefined): Step {
  // What is not there yet need not be there in its turn either.
  const exits = verb === "stop" && state === undefined ? { exits: [0, 1] } : {};
  return { ...asInit("service", script, verb), ...exits, within: 600 };
}

function verbFor(spec: ServiceSpec, state: ServiceState): Verb {
  if (!fitsRunning(state.active, spec.running)) return spec.running ? "start" : "stop";
  if (fitsConfig(spec, state)) return undefined;
  return spec.reload === false ? "restart" : "reload";
}

/** The first word makes links where there are none, the second turns round those that there are. */
function linkSteps(script: string, enabled: boolean, state: ServiceState | undefined): Step[] {
  if (enabled) return [asInit("update-rc.d", script, "defaults"), asInit("update-rc.d", script, "enable")];
  const made = state === undefined ? [asInit("update-rc.d", script, "defaults-disabled")] : [];
  return [...made, asInit("update-rc.d", script, "disable")];
}

function after(spec: ServiceSpec, state: ServiceState | undefined, links: boolean, verb: Verb): ServiceState {
  const kept = state?.enabled ?? ANY;
  return {
    by: "script",
    unit: "other",
    enabled: links ? (spec.enabled ? "enabled" : "disabled") : kept,
    active: verb === undefined ? (state?.active ?? ANY) : verb === "stop" ? "inactive" : "active",
    config: verb === undefined || verb === "stop" ? (state?.config ?? "none") : recordAfter(spec, state),
    stale: "no",
  };
}

/** A unit and drop-ins are nothing to a script. */
function recordAfter(spec: ServiceSpec, state: ServiceState | undefined): string {
  return configDigest(spec) ?? state?.config ?? "none";
}

function diffFor(spec: ServiceSpec, state: ServiceState | undefined, links: boolean, verb: Verb): Diff[] {
  const isMove = verb === "start" || verb === "stop" || state === undefined;
  return [
    ...(links ? [{ path: "enabled", from: state?.enabled ?? "", to: spec.enabled ? "enabled" : "disabled" }] : []),
    ...(isMove ? [{ path: "running", from: state?.active ?? "", to: spec.running ? "active" : "inactive" }] : []),
    ...(state !== undefined && !isMove && verb !== undefined
      ? [
          { path: "config", from: state.config, to: recordAfter(spec, state) },
          { path: "process", from: "as it is", to: `${verb}ed` },
        ]
      : []),
  ];
}

function notes(name: string, { unit }: ServiceSpec, isNew: boolean, isUnlinked: boolean): Pick<Planned, "notes"> {
  const all = [
    ...(unit === undefined ? [] : [`/etc/init.d/${scriptName(name)} runs it here: its unit is for systemd`]),
    ...(isNew ? [`${name} is not there yet: something before it has to bring it`] : []),
    ...(isUnlinked ? [`nothing starts ${name} with the machine: there is no init system`] : []),
  ];
  return all.length === 0 ? {} : { notes: all };
}
