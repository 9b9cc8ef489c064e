import { ABSENT, type Answers, isUnknown, parseAnswer, unknownWhy } from "../../model/answer.ts";
import type { Observed } from "../../model/resource.ts";

/** Whether sshd would trust it: `open` to others, of an `other` user, not there. */
export type Trust = "ok" | "open" | "other" | "none";

export interface KeysState {
  readonly folder: Trust | "*";
  readonly file: Trust | "*";
  /** Ends of keys that are wanted and not there. */
  readonly missing: readonly string[];
  /** Ends of keys that are there and to go. */
  readonly stray: readonly string[];
  /** Of the whole file; `none` where it is not there, `*` where only apply can tell. */
  readonly sha256: string;
}

/** Reads what the file holds of the keys; it is there when the file is, whoever's keys are in it: whose says the journal, and the marks. */
export function parseKeys(name: string, answers: Answers): Observed<KeysState> {
  const answer = answers.get(`authorized-keys:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  if (answer === ABSENT) return { kind: "absent" };
  const state = stateOf(answer);
  if (state.sha256 === "none") return { kind: "absent" };
  return { kind: "present", state, owners: [] };
}

export function stateOf(answer: string): KeysState {
  const { fields } = parseAnswer(answer);
  const list = (field: string): string[] => (fields[field] ?? "").split(",").filter((one) => one !== "");
  const trust = (field: string): KeysState["file"] =>
    (["ok", "open", "other", "none"] as const).find((one) => one === fields[field]) ?? "*";
  return {
    folder: trust("folder"),
    file: trust("file"),
    missing: list("missing"),
    stray: list("stray"),
    sha256: fields["sha256"] ?? "*",
  };
}

/** The owners whose marks are in the file. */
export function ownersOf(answer: string): string[] {
  return (parseAnswer(answer).fields["owners"] ?? "").split(",").filter((one) => one !== "" && one !== "*");
}
