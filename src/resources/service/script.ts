import { ANY } from "../../model/answer.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { ServiceSpec } from "../service.ts";
import {
  answerOf,
  configAfter,
  configDigest,
  fitsConfig,
  fitsEnabled,
  fitsRunning,
  type ServiceState,
} from "./state.ts";
import { awaitReady, exec, record, slowly } from "./steps.ts";

/** An init script: its links start it with the machine, its own words start and stop it. */
export function planScript(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  { facts }: PlanContext,
): Planned {
  const script = name.replace(/\.service$/, "");
  const isNew = state === undefined && (spec.enabled || spec.running);
  // Without an init system the links mean nothing: they stay as they are.
  const links =
    facts.init === "sysv" && (state === undefined ? spec.enabled : !fitsEnabled(state.enabled, spec.enabled));
  const verb = verbFor(spec, state);
  const digest = verb === undefined || verb === "stop" ? undefined : configDigest(spec);
  const steps: Step[] = [
    ...(links ? linkSteps(script, spec.enabled) : []),
    ...(verb === undefined ? [] : [slowly("service", script, verb)]),
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
    evidence: [{ kind: "exec", argv: ["service", script, "status"], exits: [0, 1, 2, 3, 4], within: 30 }],
    ...notes(name, isNew, facts.init !== "sysv" && spec.running),
  };
}

type Verb = "start" | "stop" | "restart" | "reload" | undefined;

function verbFor(spec: ServiceSpec, state: ServiceState | undefined): Verb {
  if (state === undefined) return spec.running ? "restart" : undefined;
  if (!fitsRunning(state.active, spec.running)) return spec.running ? "start" : "stop";
  if (fitsConfig(spec, state)) return undefined;
  return spec.reload === false ? "restart" : "reload";
}

function linkSteps(script: string, enabled: boolean): Step[] {
  return enabled
    ? [exec("update-rc.d", script, "defaults"), exec("update-rc.d", script, "enable")]
    : [exec("update-rc.d", script, "disable")];
}

function after(spec: ServiceSpec, state: ServiceState | undefined, links: boolean, verb: Verb): ServiceState {
  const kept = state?.enabled ?? ANY;
  return {
    by: "script",
    unit: "other",
    enabled: links ? (spec.enabled ? "enabled" : "disabled") : kept,
    active: verb === undefined ? (state?.active ?? ANY) : verb === "stop" ? "inactive" : "active",
    config: verb === undefined ? (state?.config ?? "none") : configAfter(spec, state),
    stale: "no",
  };
}

function diffFor(spec: ServiceSpec, state: ServiceState | undefined, links: boolean, verb: Verb): Diff[] {
  const isMove = verb === "start" || verb === "stop" || state === undefined;
  return [
    ...(links ? [{ path: "enabled", from: state?.enabled ?? "", to: spec.enabled ? "enabled" : "disabled" }] : []),
    ...(isMove ? [{ path: "running", from: state?.active ?? "", to: spec.running ? "active" : "inactive" }] : []),
    ...(state !== undefined && !isMove && verb !== undefined
      ? [
          { path: "config", from: state.config, to: configAfter(spec, state) },
          { path: "process", from: "as it is", to: `${verb}ed` },
        ]
      : []),
  ];
}

function notes(name: string, isNew: boolean, isUnlinked: boolean): Pick<Planned, "notes"> {
  const all = [
    ...(isNew ? [`${name} is not there yet: something before it has to bring it`] : []),
    ...(isUnlinked ? [`nothing starts ${name} with the machine: there is no init system`] : []),
  ];
  return all.length === 0 ? {} : { notes: all };
}
