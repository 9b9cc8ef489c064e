import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers, parseAnswer } from "../../model/answer.ts";
import { awaitIdle, removePackages } from "../../model/apt.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { PackageSpec, PackageState } from "../package.ts";
import { disableUnits, holding, type Install, install, markManual, repair, updateLists } from "./steps.ts";

export function planPackage(
  name: string,
  spec: PackageSpec,
  observed: Observed<PackageState>,
  context: PlanContext,
): Planned {
  if (observed.kind !== "present") return planInstall(name, spec, undefined, context.answers);
  const { state } = observed;
  const isWhole = state.status === "ok" || state.status === "hold";
  const isOther = spec.version !== undefined && spec.version !== state.version && state.version !== ANY;
  if (isOther || !isWhole) return planInstall(name, spec, state, context.answers);
  const isOurs = observed.owners.includes(context.owner);
  return planStanding(name, spec, state, isOurs, context.answers);
}

/** It is installed as wanted; what is left is how it is marked, whether it is held, and whether its services start. */
function planStanding(
  name: string,
  spec: PackageSpec,
  state: PackageState,
  isOurs: boolean,
  answers: Answers,
): Planned {
  const [key, startKey] = [`package:${name}`, `package-start:${name}`];
  const [seen, starts] = [answers.get(key), answers.get(startKey)];
  // Services of a package that was found are somebody else's.
  const isLoud = isOurs && spec.start === false && starts !== undefined && parseAnswer(starts).head === "starts";
  const isAuto = state.mark === "auto";
  const isHeld = state.status === "hold";
  const moved = spec.hold !== undefined && spec.hold !== isHeld;
  if (!isLoud && !isAuto && !moved) return noop(seen === undefined ? {} : { [key]: seen });
  const from = { [key]: seen ?? ANY, ...(isLoud ? { [startKey]: starts } : {}) };
  return {
    action: "update",
    diff: [
      ...(isAuto ? [{ path: "mark", from: "auto", to: "manual" }] : []),
      ...(moved ? [holdDiff(isHeld, !isHeld)] : []),
      ...(isLoud ? [{ path: "services", from: "start with the machine", to: "do not start" }] : []),
    ],
    steps: [
      ...(isAuto ? [markManual([name])] : []),
      ...(moved ? [holding(isHeld ? "unhold" : "hold", [name])] : []),
      ...(isLoud ? [disableUnits([name])] : []),
    ],
    from,
    to: {
      [key]: promise(state.version, (spec.hold ?? isHeld) ? "hold" : "ok"),
      ...(isLoud ? { [startKey]: "quiet" } : {}),
    },
  };
}

function holdDiff(from: boolean, to: boolean): Diff {
  const word = (isHeld: boolean): string => (isHeld ? "yes" : "no");
  return { path: "hold", from: word(from), to: word(to) };
}

function planInstall(name: string, spec: PackageSpec, state: PackageState | undefined, answers: Answers): Planned {
  const isHeld = state?.status === "hold";
  if (isHeld && spec.hold === undefined) {
    throw new DroverError("CONFLICT", `package:${name} is on hold at ${state.version}, and ${spec.version} is wanted`, {
      hint: `say \`hold\` here, lift it (apt-mark unhold ${name}), or take \`version\` out`,
    });
  }
  const lists = parseAnswer(answers.get("apt-lists:main") ?? ABSENT);
  const isFresh = lists.fields["age"] === "fresh";
  const isCutOff = answers.get("dpkg:main") === "interrupted";
  const quiet = spec.start === false && state === undefined;
  return {
    action: state === undefined ? "create" : "update",
    diff: [
      ...(isCutOff ? [{ path: "dpkg", from: "interrupted", to: "finished" }] : []),
      ...(isFresh ? [] : [{ path: "lists", from: lists.head === "present" ? "old" : "", to: "updated" }]),
      ...versionDiff(spec, state),
      ...(spec.hold === undefined || spec.hold === isHeld ? [] : [holdDiff(isHeld, spec.hold)]),
      ...(quiet ? [{ path: "services", from: "", to: "do not start" }] : []),
    ],
    steps: [
      awaitIdle,
      ...(isCutOff ? [repair] : []),
      updateLists(isFresh ? "stale" : "always"),
      ...(isHeld && spec.hold === false ? [holding("unhold", [name])] : []),
      install(installOf(name, spec, state)),
      // What was there for another package's sake only is ours to keep now.
      ...(state?.mark === "auto" ? [markManual([name])] : []),
      ...(quiet ? [disableUnits([name])] : []),
      // Installing another version lifts the hold.
      ...(spec.hold === true ? [holding("hold", [name])] : []),
    ],
    ...fromTo(name, spec, quiet, answers),
    evidence: EVIDENCE,
  };
}

const EVIDENCE: readonly Step[] = [{ kind: "exec", argv: ["dpkg", "--audit"], within: 60 }];

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

function installOf(name: string, spec: PackageSpec, state: PackageState | undefined): Install {
  const needsFiles = state?.status === "half-installed" || state?.status === "reinstreq";
  return {
    names: [spec.version === undefined ? name : `${name}=${spec.version}`],
    start: spec.start,
    flags: [
      // A package that is there half-way is finished, not upgraded.
      ...(spec.version === undefined ? (state === undefined ? [] : ["--no-upgrade"]) : ["--allow-downgrades"]),
      ...(needsFiles ? ["--reinstall"] : []),
      ...(spec.hold === true ? ["--allow-change-held-packages"] : []),
    ],
  };
}

function versionDiff(spec: PackageSpec, state: PackageState | undefined): Diff[] {
  const isWhole = state === undefined || state.status === "ok" || state.status === "hold";
  const from = state === undefined ? "" : isWhole ? state.version : `${state.version} ${state.status}`;
  return [{ path: "version", from, to: spec.version ?? "known after apply" }];
}

function promise(version: string, status: string): string {
  return `installed version=${version} status=${status} mark=manual`;
}

/** One that a place brought goes with its configuration; of one that was declared, that may be the user's own work. */
export function planRemoval(name: string, observed: Observed<PackageState>, context: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const key = `package:${name}`;
  const isHeld = observed.state.status === "hold";
  return {
    action: "delete",
    diff: [{ path: "version", from: observed.state.version, to: "" }, ...(isHeld ? [holdDiff(true, false)] : [])],
    steps: [
      awaitIdle,
      ...(isHeld ? [holding("unhold", [name])] : []),
      removePackages([name], context.purge === true ? "--purge" : "--remove"),
    ],
    from: { [key]: context.answers.get(key) ?? ANY },
    to: { [key]: ABSENT },
    evidence: EVIDENCE,
    notes: [
      context.purge === true
        ? `with ${name} go the packages that came for its sake, and configuration that nobody changed`
        : `with ${name} go the packages that came for its sake; configuration and data stay`,
    ],
  };
}
