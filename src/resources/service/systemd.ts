import { sha256 } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers } from "../../model/answer.ts";
import { viewPath } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { ServiceSpec } from "../service.ts";
import { MARKER } from "./ask.ts";
import {
  answerOf,
  configAfter,
  configDigest,
  fitsConfig,
  fitsEnabled,
  fitsRunning,
  isMasked,
  isRunning,
  type ServiceState,
} from "./state.ts";
import { awaitReady, exec, forget, record, slowly } from "./steps.ts";

export function unitName(name: string): string {
  return /\.(service|socket|timer|path|target|mount)$/.test(name) ? name : `${name}.service`;
}

export function unitPath(name: string): string {
  return `/etc/systemd/system/${unitName(name)}`;
}

function unitText(unit: string): string {
  return `${MARKER} Changes made here are overwritten.\n${unit}`;
}

/** What is to be done about a unit; everything is decided from this. */
interface Todo {
  readonly write: boolean;
  readonly load: boolean;
  readonly unmask: boolean;
  readonly enable: boolean | undefined;
  readonly move: "start" | "stop" | "restart" | "reload" | undefined;
  readonly record: boolean;
}

export function planUnit(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  context: PlanContext,
): Planned {
  if (spec.unit !== undefined) refuseForeign(name, state, context);
  if (state?.enabled === "bad") {
    throw new DroverError("CONFLICT", `service:${name}: systemd cannot read its unit file`, {
      hint: `look at it with: systemctl status ${unitName(name)}`,
    });
  }
  const todo = todoFor(name, spec, state, context);
  const [from, to] = answersOf(name, spec, state, todo, context);
  const steps = stepsFor(name, spec, state, todo);
  if (steps.length === 0) return noop(seenAnswer(name, context));
  return {
    action: state === undefined ? "create" : "update",
    diff: diffFor(spec, state, todo),
    steps,
    from,
    to,
    ...(state === undefined && spec.unit !== undefined ? { undo: dropUnit(name) } : {}),
    evidence: evidence(name),
    ...notes(name, spec, state),
  };
}

function seenAnswer(name: string, { answers }: PlanContext): AnswerMap {
  const seen = answers.get(`service:${name}`);
  return seen === undefined ? {} : { [`service:${name}`]: seen };
}

/** A unit of that name that is not ours is neither overwritten nor shadowed. */
function refuseForeign(name: string, state: ServiceState | undefined, { answers }: PlanContext): void {
  const view = viewPath(answers.get(`path:${unitPath(name)}`));
  const hint = "give it another name, or leave `unit` out";
  if (view.kind === "other") throw new DroverError("CONFLICT", `${unitPath(name)}: ${view.why}`, { hint });
  if (state === undefined || state.unit === "own" || state.by !== "systemd") return;
  throw new DroverError("CONFLICT", `service:${name}: there is a unit of that name, and it is not Drover's`, { hint });
}

function todoFor(name: string, spec: ServiceSpec, state: ServiceState | undefined, { answers }: PlanContext): Todo {
  const view = viewPath(answers.get(`path:${unitPath(name)}`));
  const write =
    spec.unit !== undefined && (view.kind !== "file" || view.fields["sha256"] !== sha256(unitText(spec.unit)));
  const isNew = state === undefined && (write || spec.enabled || spec.running || comesWithPackage(name, answers));
  const isOther = state !== undefined && !fitsConfig(spec, state);
  const move = state === undefined ? firstMove(isNew, spec) : laterMove(spec, state, write || isOther, write);
  return {
    write,
    load: write || isNew || state?.stale === "yes" || (isOther && move !== undefined),
    unmask: state !== undefined && isMasked(state.enabled) && (spec.enabled || spec.running),
    enable: enableFor(spec, state, isNew),
    move,
    record: (isOther || isNew) && spec.running && configDigest(spec) !== undefined,
  };
}

/** A package that goes in before and has the service's name brings the service, switched on. */
function comesWithPackage(name: string, answers: Answers): boolean {
  return answers.get(`package:${name.replace(/\.service$/, "")}`)?.includes(" version=* ") === true;
}

function enableFor(spec: ServiceSpec, state: ServiceState | undefined, isNew: boolean): boolean | undefined {
  if (state === undefined) return isNew ? spec.enabled : undefined;
  if (isMasked(state.enabled)) return spec.enabled ? true : undefined;
  return fitsEnabled(state.enabled, spec.enabled) ? undefined : spec.enabled;
}

function firstMove(isNew: boolean, spec: ServiceSpec): Todo["move"] {
  if (spec.running) return "restart";
  return isNew && spec.unit === undefined ? "stop" : undefined;
}

function laterMove(spec: ServiceSpec, state: ServiceState, isChanged: boolean, isRedefined: boolean): Todo["move"] {
  if (!fitsRunning(state.active, spec.running)) return spec.running ? "start" : "stop";
  if (!spec.running || !isChanged) return undefined;
  return isRedefined || spec.reload === false ? "restart" : "reload";
}

/** systemd's order: unmask before enable, and both before start. */
function stepsFor(name: string, spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): Step[] {
  const unit = unitName(name);
  const content = unitText(spec.unit ?? "");
  const steps: Step[] = [];
  if (todo.write)
    steps.push({
      kind: "write",
      path: unitPath(name),
      content,
      mode: "0644",
      ...(state?.unit === "own" ? { keep: true } : {}),
    });
  if (todo.unmask) steps.push(exec("systemctl", "unmask", "--", unit));
  if (todo.load) steps.push(exec("systemctl", "daemon-reload"));
  if (todo.enable !== undefined) steps.push(exec("systemctl", todo.enable ? "enable" : "disable", "--", unit));
  if (todo.move !== undefined) {
    if (state?.active === "failed") steps.push(exec("systemctl", "reset-failed", "--", unit));
    steps.push(slowly("systemctl", todo.move, "--", unit));
    if (todo.move !== "stop") steps.push(...awaitReady(name, { ...spec, argv: undefined }));
  }
  const digest = configDigest(spec);
  if (todo.record && digest !== undefined) steps.push(record(name, digest));
  return steps;
}

function answersOf(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  todo: Todo,
  { answers }: PlanContext,
): [from: AnswerMap, to: AnswerMap] {
  const [key, fileKey] = [`service:${name}`, `path:${unitPath(name)}`];
  const file = { [fileKey]: answers.get(fileKey) ?? ABSENT };
  const wantedFile = { [fileKey]: `file mode=644 owner=root:root sha256=${sha256(unitText(spec.unit ?? ""))}` };
  const unseen = spec.unit === undefined ? ANY : ABSENT;
  return [
    { [key]: state === undefined ? unseen : answerOf({ ...state, stale: ANY }), ...(todo.write ? file : {}) },
    { [key]: answerOf(stateAfter(spec, state, todo)), ...(todo.write ? wantedFile : {}) },
  ];
}

function stateAfter(spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): ServiceState {
  return {
    by: "systemd",
    unit: spec.unit === undefined ? (state?.unit ?? "other") : "own",
    enabled: enabledAfter(spec, state, todo),
    active: todo.move === undefined && state !== undefined ? state.active : spec.running ? "active" : "inactive",
    config: configAfter(spec, state),
    stale: "no",
  };
}

function enabledAfter(spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): string {
  if (spec.unit !== undefined && todo.write) {
    const canBe = /^\s*\[Install\]/m.test(spec.unit);
    return canBe ? (spec.enabled ? "enabled" : "disabled") : "static";
  }
  // What a package brings may be static: only switched off is it known what comes of it.
  if (state === undefined) return spec.enabled ? ANY : "disabled";
  if (todo.enable === undefined) return todo.unmask ? "disabled" : state.enabled;
  return todo.enable ? "enabled" : "disabled";
}

function diffFor(spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): Diff[] {
  const add = (path: string, from: string, to: string): Diff => ({ path, from, to });
  const enabled = state?.enabled ?? "";
  return [
    ...(todo.write
      ? [add("unit", state === undefined ? "" : "another", `sha256 ${sha256(spec.unit ?? "").slice(0, 12)}`)]
      : []),
    ...(todo.unmask ? [add("masked", "yes", "no")] : []),
    ...(todo.enable === undefined ? [] : [add("enabled", enabled, todo.enable ? "enabled" : "disabled")]),
    ...(todo.move === "start" || todo.move === "stop" || state === undefined
      ? [add("running", state?.active ?? "", spec.running ? "active" : "inactive")]
      : []),
    ...(todo.record ? [add("config", state?.config ?? "", configAfter(spec, state))] : []),
    ...(state !== undefined && (todo.move === "restart" || todo.move === "reload")
      ? [add("process", "as it is", `${todo.move}ed`)]
      : []),
    ...(state?.stale === "yes" ? [add("unit files", "changed since they were loaded", "loaded")] : []),
  ];
}

function notes(name: string, spec: ServiceSpec, state: ServiceState | undefined): Pick<Planned, "notes"> {
  const all = [
    ...(state === undefined && spec.unit === undefined
      ? [`${name} is not there yet: something before it has to bring it`]
      : []),
    ...(state?.stale === "yes" && isRunning(state.active)
      ? [`${name} runs as it was defined before until it restarts`]
      : []),
  ];
  return all.length === 0 ? {} : { notes: all };
}

export function evidence(name: string): Step[] {
  const unit = unitName(name);
  return [
    {
      kind: "exec",
      argv: ["systemctl", "status", "--no-pager", "--lines=0", "--", unit],
      exits: [0, 1, 2, 3, 4],
      within: 30,
    },
    { kind: "exec", argv: ["journalctl", "--no-pager", "--quiet", "--lines=50", "--unit", unit], within: 30 },
  ];
}

/** Takes a unit of ours away. */
export function dropUnit(name: string): Step[] {
  const unit = unitName(name);
  return [
    { kind: "exec", argv: ["systemctl", "disable", "--now", "--", unit], exits: [0, 1], within: 600 },
    exec("rm", "-f", "--", unitPath(name)),
    exec("systemctl", "daemon-reload"),
    { kind: "exec", argv: ["systemctl", "reset-failed", "--", unit], exits: [0, 1] },
    forget(name),
  ];
}
