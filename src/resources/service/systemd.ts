import { sha256 } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, parseAnswer, unword } from "../../model/answer.ts";
import { viewPath } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import { unitName, unitPath } from "../../model/systemd/name.ts";
import type { ServiceSpec } from "../service.ts";
import { answerOf, isRunning, type ServiceState } from "./state.ts";
import { awaitReady, exec, forget, record, slowly } from "./steps.ts";
import { type Todo, todoFor, unitText } from "./todo.ts";

export function planUnit(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  context: PlanContext,
): Planned {
  if (spec.unit !== undefined) refuseForeign(name, spec, state, context);
  if (spec.masked) refuseUnmaskable(name, context);
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

/** systemd masks by a link in the place of the unit's own file: one that is there is not thrown away. */
function refuseUnmaskable(name: string, { answers }: PlanContext): void {
  const path = unitPath(name);
  const answer = answers.get(`path:${path}`) ?? ABSENT;
  if (answer === ABSENT || answer === "link to=/dev/null") return;
  const { head, fields } = parseAnswer(answer);
  const what = head === "link" ? `is a link to ${unword(fields["to"] ?? "?")}` : "is a unit file";
  throw new DroverError("CONFLICT", `service:${name} cannot be masked: ${path} ${what}`, {
    hint:
      head === "link"
        ? "mask the unit that it leads to, by its own name"
        : "a unit that is defined there is removed, or neither enabled nor running, in place of masked",
  });
}

/** A unit of that name that is not ours is neither overwritten nor shadowed. */
function refuseForeign(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  { answers }: PlanContext,
): void {
  if (spec.definition?.includes(`unit:${unitName(name)}=`)) {
    throw new DroverError(
      "CONFLICT",
      `service:${name}: its unit is written twice, by itself and by unit:${unitName(name)}`,
      {
        hint: "leave `unit` of the service out",
      },
    );
  }
  const view = viewPath(answers.get(`path:${unitPath(name)}`));
  const hint = "give it another name, or leave `unit` out";
  if (view.kind === "other") throw new DroverError("CONFLICT", `${unitPath(name)}: ${view.why}`, { hint });
  if (state === undefined || state.unit === "own" || state.by !== "systemd") return;
  throw new DroverError("CONFLICT", `service:${name}: there is a unit of that name, and it is not Drover's`, { hint });
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
  if (todo.unmask) {
    const until = state?.enabled === "masked-runtime" ? ["--runtime"] : [];
    steps.push(exec("systemctl", "unmask", ...until, "--", unit));
  }
  if (todo.load) steps.push(exec("systemctl", "daemon-reload"));
  if (todo.enable !== undefined) steps.push(...enabling(unit, todo.enable, state));
  if (todo.move !== undefined) {
    // With it systemd forgets how often it was started just now, too.
    const isStuck = state?.active === "failed" || state?.active === "activating";
    if (isStuck && todo.move !== "stop") steps.push(exec("systemctl", "reset-failed", "--", unit));
    steps.push(moving(unit, todo.move, state));
    if (todo.move !== "stop") steps.push(...awaitReady(name, { ...spec, argv: undefined }));
  }
  if (todo.mask) steps.push(exec("systemctl", "mask", "--", unit));
  if (todo.record !== undefined) steps.push(record(name, todo.record));
  return steps;
}

/** Puts the link of a unit that lies elsewhere back: disabling takes it away, and the unit with it. */
const DISABLE_LINKED = `file=$(readlink -f "/etc/systemd/system/$1") || exit
systemctl disable -- "$1" && systemctl link -- "$file"`;

/** One that is not there yet need not be there in its turn either. */
function moving(unit: string, verb: string, state: ServiceState | undefined): Step {
  if (verb !== "stop" || state !== undefined) return slowly("systemctl", verb, "--", unit);
  return { kind: "exec", argv: ["systemctl", verb, "--", unit], exits: [0, 1, 5], within: 600 };
}

function enabling(unit: string, enable: boolean, state: ServiceState | undefined): Step[] {
  const untilReboot = exec("systemctl", "disable", "--runtime", "--", unit);
  const isUntilReboot = state?.enabled === "enabled-runtime";
  if (enable) return [exec("systemctl", "enable", "--", unit), ...(isUntilReboot ? [untilReboot] : [])];
  // What a package may bring before its turn may be static, or not be there at all.
  if (state === undefined) return [{ kind: "exec", argv: ["systemctl", "disable", "--", unit], exits: [0, 1] }];
  if (state.enabled === "enabled-linked") return [exec("sh", "-c", DISABLE_LINKED, "sh", unit)];
  return [exec("systemctl", "disable", "--", unit), ...(isUntilReboot ? [untilReboot] : [])];
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
    config: todo.record ?? state?.config ?? "none",
    stale: "no",
  };
}

function enabledAfter(spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): string {
  if (spec.masked) return "masked";
  if (spec.unit !== undefined && todo.write) {
    const canBe = /^\s*\[Install\]/m.test(spec.unit);
    return canBe ? (spec.enabled ? "enabled" : "disabled") : "static";
  }
  // What a package brings may be static: only switched off is it known what comes of it.
  if (state === undefined) return spec.enabled || spec.definition !== undefined ? ANY : "disabled";
  // So may what is behind a mask be.
  if (todo.unmask && todo.move === "start") return ANY;
  if (todo.enable === undefined) return state.enabled;
  if (state.enabled.endsWith("linked")) return todo.enable ? "enabled-linked" : "linked";
  return todo.enable ? "enabled" : "disabled";
}

function diffFor(spec: ServiceSpec, state: ServiceState | undefined, todo: Todo): Diff[] {
  const add = (path: string, from: string, to: string): Diff => ({ path, from, to });
  const enabled = state?.enabled ?? "";
  return [
    ...(todo.write
      ? [add("unit", state === undefined ? "" : "another", `sha256 ${sha256(spec.unit ?? "").slice(0, 12)}`)]
      : []),
    ...(todo.unmask || todo.mask ? [add("masked", todo.mask ? "no" : "yes", todo.mask ? "yes" : "no")] : []),
    ...(todo.enable === undefined ? [] : [add("enabled", enabled, todo.enable ? "enabled" : "disabled")]),
    ...(todo.move === "start" || todo.move === "stop" || (state === undefined && !spec.masked)
      ? [add("running", state?.active ?? "", spec.running ? "active" : "inactive")]
      : []),
    ...(todo.record === undefined ? [] : [add("config", state?.config ?? "", todo.record)]),
    ...(state !== undefined && (todo.move === "restart" || todo.move === "reload")
      ? [add("process", "as it is", `${todo.move}ed`)]
      : []),
    ...(state?.stale === "yes" ? [add("unit files", "changed since they were loaded", "loaded")] : []),
  ];
}

function notes(name: string, spec: ServiceSpec, state: ServiceState | undefined): Pick<Planned, "notes"> {
  const all = [
    ...(state === undefined && spec.unit === undefined && !spec.masked
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
