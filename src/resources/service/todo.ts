import { sha256 } from "../../lib/digest.ts";
import type { Answers } from "../../model/answer.ts";
import { isBringing, viewPath } from "../../model/ask/path-state.ts";
import type { PlanContext } from "../../model/resource.ts";
import { unitPath } from "../../model/systemd/name.ts";
import type { ServiceSpec } from "../service.ts";
import { MARKER } from "./ask.ts";
import { runsWithIt } from "./since.ts";
import {
  configAfter,
  fitsConfig,
  fitsDefinition,
  fitsEnabled,
  fitsRunning,
  isEnabled,
  isMasked,
  type ServiceState,
} from "./state.ts";

/** What is to be done about a unit; everything is decided from this. */
export interface Todo {
  readonly write: boolean;
  readonly load: boolean;
  readonly unmask: boolean;
  readonly enable: boolean | undefined;
  readonly move: "start" | "stop" | "restart" | "reload" | undefined;
  /** Last of all: what is masked can be neither disabled nor stopped by its name any more. */
  readonly mask: boolean;
  /** What the record is to say; undefined where it stays. */
  readonly record: string | undefined;
}

export function unitText(unit: string): string {
  return `${MARKER} Changes made here are overwritten.\n${unit}`;
}

export function todoFor(
  name: string,
  spec: ServiceSpec,
  state: ServiceState | undefined,
  { answers }: Pick<PlanContext, "answers">,
): Todo {
  if (spec.masked) return maskTodo(state, answers);
  const view = viewPath(answers.get(`path:${unitPath(name)}`));
  const write =
    spec.unit !== undefined && (view.kind !== "file" || view.fields["sha256"] !== sha256(unitText(spec.unit)));
  const isNew = state === undefined && (write || spec.enabled || spec.running || comesWithPackage(name, answers));
  const isUnsure = state !== undefined && !runsWithIt(name, spec, state, answers);
  const isRedefined = write || (isUnsure && !fitsDefinition(spec, state));
  const isOther = isUnsure && !fitsConfig(spec, state);
  const move = state === undefined ? firstMove(isNew, spec) : laterMove(spec, state, isRedefined, isOther);
  const record = move === undefined || move === "stop" ? undefined : configAfter(spec, state);
  return {
    write,
    // What `unit` and `dropIn` brought on the way, systemd has read already.
    load:
      write ||
      (isNew && spec.definition === undefined) ||
      state?.stale === "yes" ||
      (isOther && spec.definition === undefined && move !== undefined),
    unmask: state !== undefined && isMasked(state.enabled) && (spec.enabled || spec.running),
    enable: enableFor(spec, state, isNew),
    move,
    mask: false,
    record: record === (state?.config ?? "none") ? undefined : record,
  };
}

/** In systemd's order: disabled, stopped, masked. What is not there yet may be brought, switched on, before its turn. */
function maskTodo(state: ServiceState | undefined, answers: Answers): Todo {
  const mayCome = state === undefined && isBringing(answers);
  const isOn = state !== undefined && (isEnabled(state.enabled) || state.enabled === "enabled-runtime");
  const isUp = state !== undefined && !fitsRunning(state.active, false);
  return {
    write: false,
    load: false,
    unmask: false,
    enable: mayCome || isOn ? false : undefined,
    move: mayCome || isUp ? "stop" : undefined,
    mask: state?.enabled !== "masked",
    record: undefined,
  };
}

/** A package that goes in before and has the service's name brings the service, switched on. */
export function comesWithPackage(name: string, answers: Answers): boolean {
  return answers.get(`package:${name.replace(/\.service$/, "")}`)?.includes(" version=* ") === true;
}

function enableFor(spec: ServiceSpec, state: ServiceState | undefined, isNew: boolean): boolean | undefined {
  if (state === undefined) return isNew ? spec.enabled : undefined;
  // Under a mask, what enabled it may still be there.
  if (isMasked(state.enabled)) return spec.enabled || spec.running ? spec.enabled : undefined;
  return fitsEnabled(state.enabled, spec.enabled) ? undefined : spec.enabled;
}

function firstMove(isNew: boolean, spec: ServiceSpec): Todo["move"] {
  if (spec.running) return "restart";
  return isNew && spec.unit === undefined ? "stop" : undefined;
}

function laterMove(spec: ServiceSpec, state: ServiceState, isRedefined: boolean, isOther: boolean): Todo["move"] {
  if (!fitsRunning(state.active, spec.running)) return spec.running ? "start" : "stop";
  if (!spec.running || !(isRedefined || isOther)) return undefined;
  return isRedefined || spec.reload === false ? "restart" : "reload";
}
