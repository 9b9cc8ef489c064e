import { ABSENT, type Answers, isUnknown, unknownWhy } from "../../model/answer.ts";
import type { Observed } from "../../model/resource.ts";
import { type FileState, observeFile } from "../../model/whole-file/state.ts";
import { RULES_FILE, SCRIPT_FILE, UNIT_FILE } from "./files.ts";

export interface FirewallState {
  /** The file of rules; undefined where only what was loaded from it is there. */
  readonly file: FileState | undefined;
}

/** It is there when any of it is: the file, the loaded table, the unit or the init script. */
export function observeFirewall(answers: Answers): Observed<FirewallState> {
  const rules = answers.get("firewall-rules:main") ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(rules)) return { kind: "unknown", why: unknownWhy(rules) };
  const boot = answers.get("firewall-boot:main") ?? ABSENT;
  if (isUnknown(boot)) return { kind: "unknown", why: unknownWhy(boot) };
  const file = observeFile(RULES_FILE, answers);
  const boots = [UNIT_FILE, SCRIPT_FILE].filter((path) => answers.has(`path:${path}`));
  const starters = boots.map((path) => observeFile(path, answers));
  for (const one of [file, ...starters]) if (one.kind === "unknown") return one;
  const state = file.kind === "present" ? file.state : undefined;
  const isThere = state !== undefined || starters.some(({ kind }) => kind === "present") || rules.startsWith("loaded ");
  return isThere ? { kind: "present", state: { file: state }, owners: [] } : { kind: "absent" };
}
