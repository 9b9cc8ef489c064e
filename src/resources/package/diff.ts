import type { Answers } from "../../model/answer.ts";
import { parseAnswer } from "../../model/answer.ts";
import type { Diff } from "../../model/change.ts";
import type { PackageSpec, PackageState } from "../package.ts";

export function holdDiff(from: boolean, to: boolean): Diff {
  const word = (isHeld: boolean): string => (isHeld ? "yes" : "no");
  return { path: "hold", from: word(from), to: word(to) };
}

export function versionDiff(spec: PackageSpec, state: PackageState | undefined): Diff[] {
  const from = state === undefined ? "" : isWhole(state) ? state.version : `${state.version} ${state.status}`;
  return [{ path: "version", from, to: spec.version ?? "known after apply" }];
}

/** Whether it went in to its end. */
export function isWhole({ status }: PackageState): boolean {
  return status === "ok" || status === "hold";
}

/** Whether its services are kept from starting while it goes in: also in what finishes an installation that was cut off. */
export function isToBeQuiet(
  name: string,
  { start }: PackageSpec,
  state: PackageState | undefined,
  answers: Answers,
): boolean {
  if (start || state === undefined) return !start;
  return !isWhole(state) && answers.get(`package-start:${name}`) === "quiet";
}

/** What it answers when it is there as wanted. */
export function promise(version: string, status: string): string {
  return `installed version=${version} status=${status} mark=manual`;
}

/** Whether its services start though they are not to. Those of a package that was found are somebody else's. */
export function isLoud(name: string, spec: PackageSpec, isOurs: boolean, answers: Answers): boolean {
  return isOurs && spec.start === false && parseAnswer(answers.get(`package-start:${name}`) ?? "").head === "starts";
}
