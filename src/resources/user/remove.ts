import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers, parseAnswer } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { markStep } from "./home.ts";
import type { UserState } from "./state.ts";

/** Decides how a user goes. Its home stays, unless that was said while it was in the file. Pure. */
export function planRemoval(
  name: string,
  observed: Observed<UserState>,
  { answers, unsettled = false }: Pick<PlanContext, "answers" | "unsettled">,
): Planned {
  if (observed.kind !== "present") return planLeft(name, answers);
  const { state } = observed;
  // What changes before it, such as its service that goes, may end that; userdel refuses it otherwise.
  if (state.busy !== undefined && !unsettled) {
    throw new DroverError("CONFLICT", `user:${name} is in use by ${state.busy}: end that before it is removed`, {
      hint: "log out, stop its services, or keep it in the file",
    });
  }
  const [key, homeKey] = [`user:${name}`, `home:${name}`];
  const { leaves = "no", own = "no", mode = "none" } = state.folder ?? {};
  const goes = leaves === "yes" && mode !== "none";
  if (goes && own !== "yes") {
    throw new DroverError("CONFLICT", `the home ${state.home} of user:${name} is not its own, and would go with it`, {
      hint: "say `removeHome: false` first, or give the folder to the user",
    });
  }
  const isMarked = leaves === "yes";
  const notes = [
    ...(goes ? [] : [`its home ${state.home} stays`]),
    ...(state.busy === undefined
      ? []
      : [`in use by ${state.busy}, which has to end before it: what changes first may do so`]),
  ];
  return {
    action: "delete",
    diff: [{ path: "user", from: "there", to: "" }, ...(goes ? [{ path: "home", from: state.home, to: "" }] : [])],
    steps: [
      // The mark last: when this is cut off in between, the next run still knows that the home is to go.
      { kind: "exec", argv: ["userdel", ...(goes ? ["--remove"] : []), "--", name], within: goes ? 1800 : 60 },
      ...(isMarked ? [markStep(name, "no")] : []),
    ],
    from: { [key]: answers.get(key) ?? ANY, ...homeSeen(homeKey, answers) },
    to: { [key]: ABSENT, ...(answers.has(homeKey) ? { [homeKey]: ABSENT } : {}) },
    ...(goes ? { destroys: `the home ${state.home} of ${name}, with all that is in it, and its mail` } : {}),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function homeSeen(key: string, answers: Answers): Record<string, string> {
  const seen = answers.get(key);
  return seen === undefined ? {} : { [key]: parseAnswer(seen).head === "unknown" ? ANY : seen };
}

/** A removal that was cut off at its very end leaves the note about the home. */
function planLeft(name: string, answers: Answers): Planned {
  const key = `home:${name}`;
  if (answers.get(key) !== "left") return noop();
  return {
    action: "delete",
    diff: [{ path: "removeHome", from: "yes", to: "" }],
    steps: [markStep(name, "no")],
    from: { [key]: "left" },
    to: { [key]: ABSENT },
  };
}
