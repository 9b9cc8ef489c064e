import { DroverError } from "../../lib/error.ts";
import { ANY } from "../../model/answer.ts";
import type { Diff, Planned } from "../../model/change.ts";
import { joinPlanned } from "../../model/join-planned.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import { refuseWithoutSystemd } from "../../model/systemd/here.ts";
import { RELOAD } from "../../model/systemd/load.ts";
import { planFile, planFileRemoval } from "../../model/whole-file/plan.ts";
import { asObserved, runPath, type TimerState, timerKey, timerPath, type Words, wordsIn, wordsOf } from "./state.ts";
import { type Target, targetOf, type Wanted } from "./target.ts";

/** Both files, then systemd's part: read again, enabled, started. The service comes first, so that no timer starts nothing. */
export function planTimer(name: string, wanted: Wanted, observed: Observed<TimerState>, context: PlanContext): Planned {
  if ("fields" in wanted) refuseWithoutSystemd(`timer:${name}`, context);
  const state = observed.kind === "present" ? observed.state : undefined;
  const target = targetOf(name, wanted);
  const seen = state ?? wordsIn(context.answers.get(timerKey(name)));
  if (target.own !== undefined && seen.run === "other") refuseOther(name);
  const files = [
    planPart(`timer:${name}`, target.own, state?.own, runPath(name), context),
    planPart(`timer:${name}`, target.timer, state?.timer, timerPath(name), context),
  ];
  const isChanged = files.some((file) => file.action !== "noop");
  const words = planWords(name, target, seen, isChanged);
  return {
    ...joinPlanned(state === undefined ? "create" : "update", [...files, words]),
    ...(words.action === "noop" && !isChanged ? {} : { evidence: evidence(name) }),
    ...(state === undefined ? { undo: leave(name, target) } : {}),
  };
}

/** What it wrote goes. A job that runs just now goes on to its end. */
export function planTimerRemoval(name: string, observed: Observed<TimerState>, context: PlanContext): Planned {
  if (observed.kind !== "present") return joinPlanned("noop", []);
  const { state } = observed;
  const files = [
    planFileRemoval(timerPath(name), asObserved(state.timer), context, { plain: true }),
    planFileRemoval(runPath(name), asObserved(state.own), context, { plain: true }),
  ];
  const isHere = context.facts.init === "systemd";
  const run = state.run === "own" ? "none" : state.run;
  const joined = joinPlanned("delete", files);
  return {
    ...joined,
    steps: [...(isHere ? leave(name) : []), ...joined.steps, RELOAD],
    from: { ...joined.from, [timerKey(name)]: wordsOf({ ...state, stale: ANY, active: ANY }) },
    to: { ...joined.to, [timerKey(name)]: wordsOf({ enabled: ANY, active: "inactive", stale: "no", run }) },
    notes: [`${name}.timer is stopped and disabled; a job that runs now goes on to its end`],
  };
}

function refuseOther(name: string): never {
  throw new DroverError("CONFLICT", `timer:${name}: there is a ${runPath(name)} already, and it is not this timer's`, {
    hint: `start it with { unit: "${name}.service" } in place of \`run\`, or give the timer another name`,
  });
}

function planPart(
  id: string,
  wanted: Target["timer"],
  state: TimerState["timer"],
  path: string,
  context: PlanContext,
): Planned {
  const observed = asObserved(state);
  if (wanted === undefined) return planFileRemoval(path, observed, context, { plain: true });
  const { check, ...file } = wanted;
  return planFile(file, observed, context, { id, check, plain: true });
}

/** systemd's part, from its words to those that are wanted. */
function planWords(name: string, target: Target, seen: Words, isChanged: boolean): Planned {
  const key = timerKey(name);
  const run = target.own !== undefined ? "own" : seen.run === "own" ? "none" : seen.run;
  const to = wordsOf({
    enabled: target.timer === undefined ? "none" : (target.enabled ?? seen.enabled),
    active: target.active,
    stale: "no",
    run,
  });
  const now = wordsOf(seen);
  if (now === to && !isChanged)
    return { action: "noop", diff: [], steps: [], from: { [key]: now }, to: { [key]: now } };
  return {
    action: "update",
    diff: diffOf(target, seen),
    steps: [RELOAD, ...stepsFor(`${name}.timer`, target, seen)],
    from: { [key]: wordsOf({ ...seen, stale: ANY }) },
    to: { [key]: to },
  };
}

function stepsFor(unit: string, target: Target, seen: Words): Step[] {
  const systemctl = (verb: string): Step => ({ kind: "exec", argv: ["systemctl", verb, "--", unit], within: 60 });
  const { enabled, active } = target;
  return [
    ...(enabled === undefined || enabled === seen.enabled ? [] : [systemctl(enabled.replace(/d$/, ""))]),
    ...(seen.active === "failed" ? [systemctl("reset-failed")] : []),
    ...(active === seen.active ? [] : [systemctl(active === "active" ? "start" : "stop")]),
  ];
}

function diffOf(target: Target, seen: Words): Diff[] {
  const fields = [
    ["enabled", seen.enabled, target.enabled ?? seen.enabled],
    ["running", seen.active, target.active],
    ["unit files", seen.stale === "yes" ? "changed since they were loaded" : "loaded", "loaded"],
  ] as const;
  return fields.filter(([, from, to]) => from !== to).map(([path, from, to]) => ({ path, from, to }));
}

/** Stops and disables it; what was begun of a target goes, too. What is not there is as it should be. */
function leave(name: string, begun?: Target): Step[] {
  const unit = `${name}.timer`;
  const files = [begun?.timer, begun?.own].flatMap((file): Step[] =>
    file === undefined ? [] : [{ kind: "remove", path: file.path }],
  );
  return [
    { kind: "exec", argv: ["systemctl", "disable", "--now", "--", unit], exits: [0, 1], within: 60 },
    { kind: "exec", argv: ["systemctl", "reset-failed", "--", unit], exits: [0, 1], within: 60 },
    ...(files.length === 0 ? [] : [...files, RELOAD]),
  ];
}

function evidence(name: string): Step[] {
  const unit = `${name}.timer`;
  return [
    {
      kind: "exec",
      argv: ["systemctl", "status", "--no-pager", "--lines=0", "--", unit],
      exits: [0, 1, 2, 3, 4],
      within: 30,
    },
    { kind: "exec", argv: ["journalctl", "--no-pager", "--quiet", "--lines=20", "--unit", unit], within: 30 },
  ];
}
