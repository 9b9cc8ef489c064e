import type { Answers } from "../../model/answer.ts";
import { parseAnswer } from "../../model/answer.ts";
import { viewPath } from "../../model/ask/path-state.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { Boot } from "./boot.ts";
import { RULES_FILE } from "./files.ts";
import type { FirewallState } from "./state.ts";
import { forget, reloadBefore, unload } from "./steps.ts";

/** Brings files and unit back to what they were, as far as the steps move them; the bytes are those that these keep. */
export function restore(
  steps: readonly Step[],
  state: FirewallState | undefined,
  boot: Boot | undefined,
  { answers }: PlanContext,
): Step[] {
  const { listing } = parseAnswer(answers.get("firewall-rules:main") ?? "").fields;
  const back = listing === undefined ? [unload(), forget()] : [reloadBefore(listing)];
  const { enabled, active } = parseAnswer(answers.get("firewall-boot:main") ?? "").fields;
  const rules = putBack(RULES_FILE, state?.file?.sha256, "0600", steps);
  if (boot === undefined) return [...back, ...rules];
  const { path, mode } = boot.file;
  const files = [...rules, ...putBack(path, digestAt(path, answers), mode, steps)];
  // At once, since it may be what locked us out; again at the end, since a start loads the file.
  if (enabled !== "enabled") return [...back, ...boot.disable, ...files, ...boot.forget];
  return [...back, ...files, ...boot.enable, ...(active === "active" ? [...boot.start, ...back] : [])];
}

function digestAt(path: string, answers: Answers): string | undefined {
  const view = viewPath(answers.get(`path:${path}`));
  return view.kind === "file" ? view.fields["sha256"] : undefined;
}

/** One that is written for its mode alone has no kept bytes, and needs none. */
function putBack(path: string, sha256: string | undefined, mode: string, steps: readonly Step[]): Step[] {
  const step = steps.find((one) => (one.kind === "write" || one.kind === "remove") && one.path === path);
  if (step === undefined) return [];
  if (sha256 === undefined) return [{ kind: "remove", path }];
  return "keep" in step && step.keep === true ? [{ kind: "write", path, content: { kept: sha256 }, mode }] : [];
}
