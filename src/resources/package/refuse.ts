import { DroverError } from "../../lib/error.ts";
import { type Answers, parseAnswer } from "../../model/answer.ts";
import type { PackageSpec, PackageState } from "../package.ts";
import type { PackageManager } from "./manager.ts";

export function refuseHeld(name: string, spec: PackageSpec, state: PackageState, by: PackageManager): never {
  throw new DroverError("CONFLICT", `package:${name} is on hold at ${state.version}, and ${spec.version} is wanted`, {
    hint: `say \`hold\` here, lift it (${by.unholdCommand(name)}), or take \`version\` out`,
  });
}

const PLUGIN = "python3-dnf-plugin-versionlock";

/** dnf holds by a plugin only; one that goes in before, in this run, will do. */
export function refuseHold(name: string, answers: Answers): void {
  const holds = parseAnswer(answers.get("dnf:main") ?? "").fields["holds"];
  if (holds !== "no" || parseAnswer(answers.get(`package:${PLUGIN}`) ?? "").head === "installed") return;
  throw new DroverError("PREFLIGHT", `package:${name} cannot be held: dnf's plugin versionlock is not in use here`, {
    hint: `put pkg("${PLUGIN}") before it, switch it on in /etc/dnf/plugins/versionlock.conf, or leave \`hold\` out`,
  });
}

/** Which of them runs is decided when the machine boots, not by what is installed. */
export function refuseSeveral(name: string, spec: PackageSpec): never {
  throw new DroverError("CONFLICT", `package:${name} ${spec.version} would go in beside the versions that are there`, {
    hint: `install it by hand, then it is as wanted (dnf install ${name}-${spec.version}), or take \`version\` out`,
  });
}
