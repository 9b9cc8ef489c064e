import { ANY, type Answers } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { PackageSpec, PackageState } from "../package.ts";
import { holdDiff, isLoud, isWhole, promise } from "./diff.ts";
import { planInstall } from "./install.ts";
import { managerOf, type PackageManager } from "./manager.ts";
import { offerQuery } from "./offer.ts";
import { refuseHold } from "./refuse.ts";

export function planPackage(
  name: string,
  given: PackageSpec,
  observed: Observed<PackageState>,
  context: PlanContext,
): Planned {
  const by = managerOf(context.facts);
  by.check(name);
  const spec = given.version === undefined ? given : { ...given, version: by.version(given.version) };
  if (observed.kind !== "present") return planInstall(name, spec, { state: undefined, isOurs: false }, by, context);
  const { state } = observed;
  const isOurs = observed.owners.includes(context.owner);
  return isWhole(state) && !isOther(name, given, spec, state, context.answers)
    ? planStanding(name, spec, state, isOurs, by, context.answers)
    : planInstall(name, spec, { state, isOurs }, by, context);
}

/** Of what is installed beside its older versions, any that is there will do. */
function isOther(name: string, given: PackageSpec, spec: PackageSpec, state: PackageState, answers: Answers): boolean {
  if (spec.version === undefined || spec.version === state.version || state.version === ANY) return false;
  return !(state.several && answers.get(offerQuery(name, given.version ?? "")) === "here");
}

/** It is installed as wanted; what is left is how it is marked, whether it is held, and whether its services start. */
function planStanding(
  name: string,
  spec: PackageSpec,
  state: PackageState,
  isOurs: boolean,
  by: PackageManager,
  answers: Answers,
): Planned {
  const [key, startKey] = [`package:${name}`, `package-start:${name}`];
  const seen = answers.get(key);
  const loud = isLoud(name, spec, isOurs, answers);
  const isAuto = state.mark === "auto";
  const isHeld = state.status === "hold";
  const moved = spec.hold !== undefined && spec.hold !== isHeld;
  if (!loud && !isAuto && !moved) return noop(seen === undefined ? {} : { [key]: seen });
  if (moved && spec.hold === true) refuseHold(name, answers);
  const from = { [key]: seen ?? ANY, ...(loud ? { [startKey]: answers.get(startKey) ?? ANY } : {}) };
  return {
    action: "update",
    diff: [
      ...(isAuto ? [{ path: "mark", from: "auto", to: "manual" }] : []),
      ...(moved ? [holdDiff(isHeld, !isHeld)] : []),
      ...(loud ? [{ path: "services", from: "start with the machine", to: "do not start" }] : []),
    ],
    steps: [
      ...(isAuto ? [by.markManual(name)] : []),
      ...(moved ? [by.hold(isHeld ? "unhold" : "hold", name)] : []),
      ...(loud ? [by.disableUnits(name)] : []),
    ],
    from,
    to: {
      [key]: promise(state.version, (spec.hold ?? isHeld) ? "hold" : "ok"),
      ...(loud ? { [startKey]: "quiet" } : {}),
    },
  };
}
