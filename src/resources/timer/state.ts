import { type Answers, formatAnswer, isUnknown, parseAnswer, unknownWhy } from "../../model/answer.ts";
import type { Observed } from "../../model/resource.ts";
import { unitPath } from "../../model/systemd/name.ts";
import { type FileState, observeFile } from "../../model/whole-file/state.ts";

/** What systemd says of it, and whose the service of its name is. */
export interface Words {
  readonly enabled: string;
  readonly active: string;
  readonly stale: string;
  readonly run: string;
}

export interface TimerState extends Words {
  readonly timer: FileState | undefined;
  /** The service that it runs, where that is its own. */
  readonly own: FileState | undefined;
}

export const timerPath = (name: string): string => unitPath(`${name}.timer`);
export const runPath = (name: string): string => unitPath(`${name}.service`);
export const timerKey = (name: string): string => `timer:${name}`;

export function wordsOf({ enabled, active, stale, run }: Words): string {
  return formatAnswer("timer", { enabled, active, stale, run });
}

export function wordsIn(answer = ""): Words {
  const { enabled = "none", active = "inactive", stale = "no", run = "none" } = parseAnswer(answer).fields;
  return { enabled, active, stale, run };
}

export function observeTimer(name: string, answers: Answers): Observed<TimerState> {
  const answer = answers.get(timerKey(name)) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const words = wordsIn(answer);
  const [timer, own] = [timerPath(name), runPath(name)].map((path) => observeFile(path, answers));
  if (timer?.kind === "unknown") return timer;
  if (words.run === "own" && own?.kind === "unknown") return own;
  const [timerFile, ownFile] = [stateOf(timer), words.run === "own" ? stateOf(own) : undefined];
  if (timerFile === undefined && ownFile === undefined) return { kind: "absent" };
  return { kind: "present", state: { ...words, timer: timerFile, own: ownFile }, owners: [] };
}

function stateOf(observed: Observed<FileState> | undefined): FileState | undefined {
  return observed?.kind === "present" ? observed.state : undefined;
}

export function asObserved(state: FileState | undefined): Observed<FileState> {
  return state === undefined ? { kind: "absent" } : { kind: "present", state, owners: [] };
}
