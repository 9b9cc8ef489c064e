import { ABSENT, ANY, type Answer, type Answers } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import { unitName, unitPath } from "../../model/systemd/name.ts";
import { logOf, stop } from "./daemon.ts";
import { scriptName } from "./script.ts";
import { answerOf, isEnabled, isMasked, isRunning, type ServiceState } from "./state.ts";
import { asInit, exec, forget, slowly } from "./steps.ts";
import { dropUnit, evidence } from "./systemd.ts";

/** What we made goes; a service that a package brought, and that we switched on, is switched off. */
export function planRemoval(name: string, observed: Observed<ServiceState>, { answers }: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const { state } = observed;
  const key = `service:${name}`;
  if (state.by === "systemd" && isMasked(state.enabled)) return planUnmask(name, answers);
  const decided = decide(name, state);
  if (decided === undefined) return noop({ [key]: answers.get(key) ?? ANY });
  const [steps, to] = decided;
  return {
    action: "delete",
    diff: [{ path: "service", from: `${state.enabled}, ${state.active}`, to: to === ABSENT ? "" : "off" }],
    steps,
    from: { [key]: answerOf({ ...state, stale: state.by === "systemd" ? ANY : state.stale }) },
    to: { [key]: to },
    ...(state.by === "systemd" ? { evidence: evidence(name) } : {}),
  };
}

/** Our mask goes: what is behind it is known after that. */
function planUnmask(name: string, answers: Answers): Planned {
  const key = `path:${unitPath(name)}`;
  const seen = answers.get(key) ?? ABSENT;
  if (seen !== "link to=/dev/null") return noop({ [key]: seen });
  return {
    action: "delete",
    diff: [{ path: "masked", from: "yes", to: "no" }],
    steps: [exec("systemctl", "unmask", "--", unitName(name))],
    from: { [key]: seen },
    to: { [key]: ABSENT },
  };
}

function decide(name: string, state: ServiceState): [steps: Step[], to: Answer] | undefined {
  if (state.by === "drover") return [[stop(name), ...dropDaemon(name)], afterDaemon(state)];
  if (state.by === "systemd" && state.unit === "own") return [dropUnit(name), ABSENT];
  if (!isEnabled(state.enabled) && !isRunning(state.active)) return undefined;
  // Exactly so: a promise that fits what is there already would be taken for kept.
  const enabled = isEnabled(state.enabled) ? "disabled" : state.enabled;
  const off = {
    ...state,
    enabled,
    active: isRunning(state.active) ? "inactive" : state.active,
    config: "none",
    stale: ANY,
  };
  if (state.by === "script") {
    const script = scriptName(name);
    // One that has no links, or no running process, would take the word for a fault.
    const steps = [
      ...(isRunning(state.active) ? [{ ...asInit("service", script, "stop"), within: 600 }] : []),
      ...(isEnabled(state.enabled) ? [asInit("update-rc.d", script, "disable")] : []),
    ];
    return [[...steps, forget(name)], answerOf(off)];
  }
  return [[slowly("systemctl", "disable", "--now", "--", unitName(name)), forget(name)], answerOf(off)];
}

function dropDaemon(name: string): Step[] {
  return [
    forget(name),
    exec("rm", "-f", "--", logOf(name)),
    { kind: "exec", argv: ["rmdir", "--", "/var/log/drover"], exits: [0, 1] },
  ];
}

/** An init script of the same name, which we left alone, is seen again. */
function afterDaemon(state: ServiceState): Answer {
  if (state.unit === "own") return ABSENT;
  return answerOf({ by: "script", unit: "other", enabled: ANY, active: ANY, config: "none", stale: "no" });
}
