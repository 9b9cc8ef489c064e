import { ABSENT, ANY, type AnswerMap, type Answers, parseAnswer } from "../../model/answer.ts";
import type { Diff, Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { PackageSpec, PackageState } from "../package.ts";
import { holdDiff, isLoud, isToBeQuiet, isWhole, promise, versionDiff } from "./diff.ts";
import type { Install, PackageManager } from "./manager.ts";
import { offerOf } from "./offer.ts";
import { refuseHeld, refuseHold, refuseSeveral } from "./refuse.ts";

/** What is there of it, and whether that is ours. */
export interface Standing {
  readonly state: PackageState | undefined;
  readonly isOurs: boolean;
}

/** It goes in, or to another version, or is finished where it was left half-way. */
export function planInstall(
  name: string,
  spec: PackageSpec,
  { state, isOurs }: Standing,
  by: PackageManager,
  context: PlanContext,
): Planned {
  const { answers } = context;
  const isHeld = state?.status === "hold";
  if (isHeld && spec.hold === undefined) refuseHeld(name, spec, state, by);
  if (state?.several === true) refuseSeveral(name, spec);
  if (spec.hold === true) refuseHold(name, answers);
  const file = spec.version === undefined ? undefined : offerOf(name, spec.version, by, context);
  const isCutOff = answers.get("dpkg:main") === "interrupted" || state?.status === "duplicate";
  const starts = isLoud(name, spec, isOurs, answers);
  const quiet = starts || isToBeQuiet(name, spec, state, answers);
  const { version, start, hold = false } = spec;
  const wanted: Install = { name, version, file, start, init: context.facts.init, hold, state };
  return {
    action: state === undefined ? "create" : "update",
    diff: diffOf(spec, state, { isCutOff, quiet, starts }, by, answers),
    steps: stepsOf(wanted, { isCutOff, quiet, lifts: isHeld && by.liftsFirst(wanted.hold) }, by, answers),
    ...fromTo(name, spec, quiet, answers),
    evidence: by.evidence,
  };
}

interface Besides {
  readonly isCutOff: boolean;
  /** Its services are kept from starting. */
  readonly quiet: boolean;
}

function diffOf(
  spec: PackageSpec,
  state: PackageState | undefined,
  { isCutOff, quiet, starts }: Besides & { readonly starts: boolean },
  by: PackageManager,
  answers: Answers,
): Diff[] {
  const isHeld = state?.status === "hold";
  const services = { path: "services", from: starts ? "start with the machine" : "", to: "do not start" };
  return [
    ...(isCutOff ? [{ path: by.tool, from: "interrupted", to: "finished" }] : []),
    ...(isFresh(answers) || by.update("always").length === 0 ? [] : [listsDiff(answers)]),
    ...versionDiff(spec, state),
    ...(spec.hold === undefined || spec.hold === isHeld ? [] : [holdDiff(isHeld, spec.hold)]),
    ...(quiet ? [services] : []),
  ];
}

function stepsOf(
  wanted: Install,
  { isCutOff, quiet, lifts }: Besides & { readonly lifts: boolean },
  by: PackageManager,
  answers: Answers,
): Step[] {
  const { name, hold, state, start, init } = wanted;
  // Of others that were cut off we know nothing: only what was in its own transaction is kept from starting.
  const isOwn = state !== undefined && !isWhole(state);
  return [
    by.awaitIdle,
    ...(isCutOff ? [by.repair({ start: start || !isOwn, init })] : []),
    ...by.update(isFresh(answers) ? "stale" : "always"),
    ...(lifts ? [by.hold("unhold", name)] : []),
    by.install(wanted),
    // What was there for another package's sake only is ours to keep now.
    ...(state?.mark === "auto" ? [by.markManual(name)] : []),
    ...(quiet ? [by.disableUnits(name)] : []),
    // Installing another version lifts the hold.
    ...(hold ? [by.hold("hold", name)] : []),
  ];
}

function isFresh(answers: Answers): boolean {
  return parseAnswer(answers.get("apt-lists:main") ?? ABSENT).fields["age"] === "fresh";
}

function listsDiff(answers: Answers): Diff {
  const isThere = parseAnswer(answers.get("apt-lists:main") ?? ABSENT).head === "present";
  return { path: "lists", from: isThere ? "old" : "", to: "updated" };
}

function fromTo(name: string, spec: PackageSpec, quiet: boolean, answers: Answers): { from: AnswerMap; to: AnswerMap } {
  const [key, startKey] = [`package:${name}`, `package-start:${name}`];
  return {
    from: { [key]: answers.get(key) ?? ABSENT, ...(quiet ? { [startKey]: answers.get(startKey) ?? ABSENT } : {}) },
    to: {
      [key]: promise(spec.version ?? ANY, spec.hold === true ? "hold" : "ok"),
      ...(quiet ? { [startKey]: "quiet" } : {}),
    },
  };
}
