import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers, parseAnswer } from "../../model/answer.ts";
import { awaitIdle, removePackages } from "../../model/apt.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { PackageSpec, PackageState } from "../package.ts";
import { disableUnits, type Install, install, markManual, repair, updateLists } from "./steps.ts";

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

/** It is installed as wanted; what is left is how it is marked, and whether its services start. */
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
  if (!isLoud && !isAuto) return noop(seen === undefined ? {} : { [key]: seen });
  const from = { [key]: seen ?? ANY, ...(isLoud ? { [startKey]: starts } : {}) };
  return {
    action: "update",
    diff: [
      ...(isAuto ? [{ path: "mark", from: "auto", to: "manual" }] : []),
      ...(isLoud ? [{ path: "services", from: "start with the machine", to: "do not start" }] : []),
    ],
    steps: [...(isAuto ? [markManual([name])] : []), ...(isLoud ? [disableUnits([name])] : [])],
    from,
    to: { [key]: promise(state.version, state.status), ...(isLoud ? { [startKey]: "quiet" } : {}) },
  };
}

function planInstall(name: string, spec: PackageSpec, state: PackageState | undefined, answers: Answers): Planned {
  if (state?.status === "hold") {
    throw new DroverError("CONFLICT", `package:${name} is on hold at ${state.version}, and ${spec.version} is wanted`, {
      hint: `lift the hold (apt-mark unhold ${name}), or take \`version\` out`,
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
      ...(quiet ? [{ path: "services", from: "", to: "do not start" }] : []),
    ],
    steps: [
      awaitIdle,
      ...(isCutOff ? [repair] : []),
      updateLists(isFresh ? "stale" : "always"),
      install(installOf(name, spec, state)),
      // What was there for another package's sake only is ours to keep now.
      ...(state?.mark === "auto" ? [markManual([name])] : []),
      ...(quiet ? [disableUnits([name])] : []),
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
    to: { [key]: promise(spec.version ?? ANY, "ok"), ...(quiet ? { [startKey]: "quiet" } : {}) },
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
    ],
  };
}

function versionDiff(spec: PackageSpec, state: PackageState | undefined): Diff[] {
  const isWhole = state === undefined || state.status === "ok";
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
  return {
    action: "delete",
    diff: [{ path: "version", from: observed.state.version, to: "" }],
    steps: [awaitIdle, removePackages([name], context.purge === true ? "--purge" : "--remove")],
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
