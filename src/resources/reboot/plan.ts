import { digestOf } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ANY, type Answer, parseAnswer } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import type { RebootSpec } from "../reboot.ts";
import { BOOT } from "./ask.ts";

export const KEY = "reboot:main";

export function planReboot(spec: RebootSpec, { answers, facts }: PlanContext): Planned {
  const seen = answers.get(KEY);
  if (seen === undefined) throw new DroverError("INTERNAL", `${KEY} was not answered`);
  const digest = spec.when === "changed" ? digestOf(spec.of) : undefined;
  // What goes in before may ask for a boot: only then is it known, and a boot that nobody asked for is left out.
  const mayBe = digest === undefined && isBringing(answers);
  if (!mayBe && !isNeeded(seen, digest)) return noop({ [KEY]: seen });
  if (facts.init === "none") {
    throw new DroverError("CONFLICT", `${KEY}: no init system runs here that could boot this machine`, {
      hint: "boot it yourself, or take reboot() out of the file",
    });
  }
  return {
    action: "update",
    diff: [why(seen, digest, mayBe)],
    steps: [...(digest === undefined ? [] : [record(digest)]), boot(facts.init, spec)],
    from: { [KEY]: mayBe ? ANY : seen },
    to: { [KEY]: digest === undefined ? "up required=no config=*" : `up required=* config=${digest}` },
    notes: ["every process on it ends, and nobody reaches it while it boots; the run goes on after that"],
  };
}

function isNeeded(seen: Answer, digest: string | undefined): boolean {
  const { required, config } = parseAnswer(seen).fields;
  return digest === undefined ? required === "yes" : config !== digest;
}

function why(seen: Answer, digest: string | undefined, mayBe: boolean): Diff {
  const { config = "none" } = parseAnswer(seen).fields;
  if (digest === undefined)
    return {
      path: "boot",
      from: mayBe ? "" : "asked for by what was installed",
      to: mayBe ? "when a package before asks for it" : "done",
    };
  return { path: "booted with", from: config === "none" ? "" : config.slice(0, 12), to: digest.slice(0, 12) };
}

/** Before the boot: it says what the next one is for, which is true as soon as this one is over. */
function record(digest: string): Step {
  const script = `dir=\${DROVER_STATE:-/var/lib/drover}; ${BOOT}
printf '%s %s\\n' "$reboot_now" "$1" >"$dir/.reboot" && sync "$dir/.reboot" && mv -f "$dir/.reboot" "$dir/reboot" && sync "$dir"`;
  return { kind: "exec", argv: ["sh", "-c", script, "sh", digest] };
}

/** It stays in this step until it goes down with the machine: what comes after it belongs to the next boot. */
function boot(init: string, { within, back }: RebootSpec): ExecStep {
  const script = `"$@" || exit; sleep ${within}; echo 'the machine did not go down within ${within} s'; exit 1`;
  const argv = init === "systemd" ? ["systemctl", "reboot"] : ["shutdown", "-r", "now"];
  return { kind: "exec", argv: ["sh", "-c", script, "sh", ...argv], within: within + 60, reboots: within + back };
}
