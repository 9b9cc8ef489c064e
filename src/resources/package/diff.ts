import type { Answers } from "../../model/answer.ts";
import { parseAnswer } from "../../model/answer.ts";
import type { Diff } from "../../model/change.ts";
import type { PackageSpec, PackageState } from "../package.ts";

export function holdDiff(from: boolean, to: boolean): Diff {
  const word = (isHeld: boolean): string => (isHeld ? "yes" : "no");
  return { path: "hold", from: word(from), to: word(to) };
}

export function versionDiff(spec: PackageSpec, state: PackageState | undefined): Diff[] {
  const isWhole = state === undefined || state.status === "ok" || state.status === "hold";
  const from = state === undefined ? "" : isWhole ? state.version : `${state.version} ${state.status}`;
  return [{ path: "version", from, to: spec.version ?? "known after apply" }];
}

/** What it answers when it is there as wanted. */
export function promise(version: string, status: string): string {
  return `installed version=${version} status=${status} mark=manual`;
}

/** Whether its services start though they are not to. Those of a package that was found are somebody else's. */
export function isLoud(name: string, spec: PackageSpec, isOurs: boolean, answers: Answers): boolean {
  return isOurs && spec.start === false && parseAnswer(answers.get(`package-start:${name}`) ?? "").head === "starts";
}
