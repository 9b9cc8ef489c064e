import { DroverError } from "../../lib/error.ts";
import { ANY, parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { attemptArgs, attemptStep } from "../../model/attempt/argv.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Query } from "../../model/query.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { secretsIn } from "../../model/secret.ts";
import type { ExecStep } from "../../model/step.ts";
import type { CommandSpec } from "../command.ts";

/** What decides; with none the thing left the file. */
export function checkQuery(name: string, spec: CommandSpec | undefined): Query[] {
  return spec === undefined ? [] : [{ kind: "command", arg: name, extra: attemptArgs(checkOf(spec), spec) }];
}

function checkOf({ check, creates }: CommandSpec): readonly string[] {
  return check ?? ["test", "-e", creates ?? "/"];
}

export function planCommand(
  name: string,
  spec: CommandSpec | undefined,
  observed: Observed<"done">,
  { answers }: PlanContext,
): Planned {
  if (spec === undefined) return noop();
  const key = `command:${name}`;
  const seen = answers.get(key);
  if (seen === undefined) throw new DroverError("INTERNAL", `${key} was not answered`);
  if (observed.kind === "present") return noop({ [key]: seen });
  const { head, fields } = parseAnswer(seen);
  const isOpen = head !== "needed" || isBringing(answers);
  return {
    action: "create",
    diff: spec.run.map((argv, at): Diff => ({ path: at === 0 ? "run" : `then ${at}`, from: "", to: argv.join(" ") })),
    steps: spec.run.map((argv) => runStep(argv, spec)),
    from: { [key]: isOpen ? ANY : seen },
    to: { [key]: "done" },
    ...(spec.undo === undefined ? {} : { undo: spec.undo.map((argv) => attemptStep(argv, spec)) }),
    // What the check says when it still does not agree.
    evidence: [attemptStep(checkOf(spec), spec, { within: 30 })],
    ...notes(spec, head === "missing" ? unword(fields["what"] ?? "") : ""),
  };
}

function runStep(argv: readonly string[], spec: CommandSpec): ExecStep {
  const { stdin, within } = spec;
  return attemptStep(argv, spec, { within, ...(stdin === undefined ? {} : { stdin }) });
}

function notes({ stdin }: CommandSpec, lacks: string): Pick<Planned, "notes"> {
  const all = [
    ...(lacks === "" ? [] : [`its check needs ${lacks}, which is not there yet: something before it has to bring it`]),
    ...[...secretsIn(stdin).keys()].map((secret) => `it reads secret(${secret})`),
  ];
  return all.length === 0 ? {} : { notes: all };
}
