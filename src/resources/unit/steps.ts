import { type Answer, parseAnswer } from "../../model/answer.ts";
import type { Step } from "../../model/step.ts";
import { isTemplate } from "../../model/systemd/name.ts";

/** Ends it before its file goes: afterwards systemd would not know how. Instances go with their template. */
export function stopUnit(name: string): Step[] {
  const running = isTemplate(name) ? name.replace("@.", "@*.") : name;
  return [quiet("stop", running, 600), quiet("disable", name, 60), quiet("reset-failed", running, 60)];
}

/** What is not loaded, not installed or not failed is as it should be; where no systemd runs, all of it is. */
function quiet(verb: string, unit: string, within: number): Step {
  const script = '[ ! -d /run/systemd/system ] || exec systemctl "$1" -- "$2"';
  return { kind: "exec", argv: ["sh", "-c", script, "sh", verb, unit], exits: [0, 1, 5], within };
}

export function unitNotes(name: string, file: Answer | undefined, load: Answer | undefined): string[] {
  const isShadowing = file === "absent" && parseAnswer(load ?? "").fields["state"] === "loaded";
  return isShadowing
    ? [`it takes the place of the ${name} that is there, which stays and is seen again without it`]
    : [];
}
