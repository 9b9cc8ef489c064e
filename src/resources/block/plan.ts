import { DroverError } from "../../lib/error.ts";
import { ANY, type Answers, parseAnswer } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { plainDigest, promised } from "../../model/edit/digest.ts";
import { fileOf, labelOf } from "../../model/edit/schema.ts";
import { planTarget, viewTarget } from "../../model/edit/target.ts";
import type { Observed } from "../../model/resource.ts";
import { maskText, secretsIn, type Text } from "../../model/secret.ts";
import type { EditStep } from "../../model/step.ts";
import type { BlockSpec, BlockState, Wanted } from "../block.ts";
import { BLOCK_SHELL } from "./ask.ts";

export function planBlock(name: string, spec: Wanted, observed: Observed<BlockState>, answers: Answers): Planned {
  const key = `block:${name}`;
  const state = observed.kind === "present" ? observed.state : undefined;
  const seen = answers.get(key) ?? "nofile";
  if ("hidden" in spec || state?.kind === "same") return noop(answers.has(key) ? { [key]: seen } : {});
  if (state?.kind === "secret") {
    return { ...noop(), notes: [`${fileOf(name)}: secret unknown here, so that the block could not be compared`] };
  }
  refuse(name, seen);
  const target = planTarget(
    `block:${name}`,
    fileOf(name),
    spec.create && { secret: secretsIn(spec.content).size > 0 },
    answers,
  );
  const isHidden = secretsIn(spec.content).size > 0 || parseAnswer(seen).fields["secret"] === "yes";
  const keep = target.isOpen && target.create === undefined && !isHidden;
  const isThere = viewTarget(fileOf(name), answers).kind === "file";
  const mayBeThere = seen === "nofile" && (isThere || isBringing(answers));
  return {
    action: state === undefined ? "create" : "update",
    diff: [...target.diff, diffOf(spec.content, state)],
    steps: [
      ...target.steps,
      { ...editStep(name, spec, keep), ...(target.create === undefined ? {} : { create: target.create }) },
    ],
    from: { ...target.from, [key]: mayBeThere ? ANY : seen },
    to: { ...target.to, [key]: promised(plainDigest(spec.content)) },
  };
}

export function planBlockRemoval(name: string, observed: Observed<BlockState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `block:${name}`;
  const seen = answers.get(key) ?? ANY;
  refuse(name, seen);
  const target = planTarget(`block:${name}`, fileOf(name), false, answers);
  // A block that holds a secret is told by its mark.
  const isHidden = parseAnswer(seen).fields["secret"] === "yes";
  return {
    action: "delete",
    diff: [{ path: `block in ${fileOf(name)}`, from: shown(observed.state), to: "" }],
    steps: [step(name, "take", [labelOf(name), "", "", "", ""], target.isOpen && !isHidden)],
    from: { ...target.from, [key]: seen },
    to: { ...target.to, [key]: "none" },
  };
}

function editStep(
  name: string,
  { content, comment, after = "", before = "", check }: BlockSpec,
  keep: boolean,
): EditStep {
  const [open = "", shut] = comment.split("...");
  const secret = secretsIn(content).size > 0 ? " (secret)" : "";
  const words = [`${labelOf(name)}${secret}`, open.trim(), shut === undefined ? "" : ` ${shut.trim()}`, after, before];
  return { ...step(name, "edit", words, keep), stdin: content, ...(check === undefined ? {} : { check }) };
}

const EDIT = `set -f; nl='
'
${BLOCK_SHELL}
edit_plain "$7" || { printf '%s is no text\\n' "$7" >&2; exit 1; }
content=$(cat; printf .); content=\${content%.}
case $content in '' | *"$nl") printf '%s' "$content" ;; *) printf '%s\\n' "$content" ;; esac | block_run "$@"`;

function step(name: string, what: string, words: readonly string[], keep: boolean): EditStep {
  const argv = ["sh", "-c", EDIT, "sh", what, ...words, "{}"];
  return { kind: "edit", path: fileOf(name), argv, ...(keep ? { keep } : {}) };
}

function refuse(name: string, seen: string): void {
  const { head } = parseAnswer(seen);
  const what =
    head === "torn"
      ? `the marks of drover:${labelOf(name)} in ${fileOf(name)} do not fit together`
      : head === "binary"
        ? `${fileOf(name)} is no text: it holds NUL bytes`
        : undefined;
  if (what === undefined) return;
  throw new DroverError("CONFLICT", `block:${name}: ${what}`, {
    hint: "mend the file by hand: nothing in it was changed",
  });
}

function diffOf(content: Text, state: BlockState | undefined): Diff {
  return { path: "block", from: state === undefined ? "" : shown(state), to: maskText(content) };
}

function shown(state: BlockState): string {
  return state.kind === "other" && state.text !== undefined ? state.text : "there";
}
