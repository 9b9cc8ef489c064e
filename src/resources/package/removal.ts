import { ABSENT, ANY } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { PackageState } from "../package.ts";
import { holdDiff } from "./diff.ts";
import { managerOf } from "./manager.ts";

/** One that a place brought goes with its configuration; of one that was declared, that may be the user's own work. */
export function planRemoval(name: string, observed: Observed<PackageState>, context: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const key = `package:${name}`;
  const by = managerOf(context.facts);
  const isHeld = observed.state.status === "hold";
  return {
    action: "delete",
    diff: [{ path: "version", from: observed.state.version, to: "" }, ...(isHeld ? [holdDiff(true, false)] : [])],
    steps: [
      by.awaitIdle,
      ...(isHeld ? [by.hold("unhold", name)] : []),
      by.remove(name, context.purge === true ? "--purge" : "--remove"),
    ],
    from: { [key]: context.answers.get(key) ?? ANY },
    to: { [key]: ABSENT },
    evidence: by.evidence,
    notes: [`with ${name} go the packages that came for its sake${by.leftBehind(context.purge === true)}`],
  };
}
