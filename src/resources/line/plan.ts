import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers, isUnknown, parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { promised } from "../../model/edit/digest.ts";
import { fileOf } from "../../model/edit/schema.ts";
import { planTarget, viewTarget } from "../../model/edit/target.ts";
import type { Observed } from "../../model/resource.ts";
import { maskText, secretsIn } from "../../model/secret.ts";
import type { LineSpec, LineState, Wanted } from "../line.ts";
import { editStep, forgetStep, noteStep, takeStep, wantedDigest } from "./steps.ts";

export function planLine(name: string, spec: Wanted, observed: Observed<LineState>, answers: Answers): Planned {
  if ("hidden" in spec) return stays(`line-put:${name}`, answers);
  const key = `line:${name}`;
  const state = observed.kind === "present" ? observed.state : undefined;
  const seen = answers.get(key) ?? "nofile";
  if (state?.kind === "same") return stays(key, answers);
  if (state?.kind === "secret") {
    return { ...noop(), notes: [`${fileOf(name)}: secret unknown here, so that the line could not be compared`] };
  }
  if (seen === "nofile" && !spec.present && !mayBeThere(name, answers)) return stays(key, answers);
  refuse(name, spec, seen);
  const line = spec.line ?? "";
  const secret = secretsIn(line).size > 0;
  const target = planTarget(`line:${name}`, fileOf(name), spec.create && spec.present && { secret }, answers);
  const isOpen = target.isOpen && !secret;
  return {
    action: seen.startsWith("none") || seen === "nofile" ? "create" : "update",
    diff: [...target.diff, ...diffOf(spec, seen)],
    steps: [
      ...target.steps,
      ...(spec.present ? [noteStep(name, spec, line)] : []),
      editStep(name, spec, line, target, isOpen && target.create === undefined),
    ],
    from: { ...target.from, [key]: mayBeThere(name, answers) ? ANY : seen },
    to: { ...target.to, [key]: promised(wantedDigest(spec)) },
  };
}

export function planLineRemoval(name: string, observed: Observed<LineState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `line-put:${name}`;
  const path = fileOf(name);
  const from = { [key]: answers.get(key) ?? ANY };
  const to = { [key]: ABSENT };
  if (observed.state.kind !== "put") {
    return { action: "delete", diff: [{ path: "owned", from: "yes", to: "no" }], steps: [forgetStep(name)], from, to };
  }
  const { text, placed } = observed.state;
  const target = planTarget(`line:${name}`, path, false, answers);
  return {
    action: "delete",
    diff: [{ path: `line in ${path}`, from: text ?? "there", to: "" }],
    steps: [takeStep(name, target.isOpen && placed.secret !== true), forgetStep(name)],
    from: { ...target.from, ...from },
    to: { ...target.to, ...to },
  };
}

function stays(key: string, answers: Answers): Planned {
  const seen = answers.get(key);
  const map: AnswerMap = seen === undefined || isUnknown(seen) ? {} : { [key]: seen };
  return noop(map);
}

/** The file is promised by something before, which its question could not see. */
function mayBeThere(name: string, answers: Answers): boolean {
  const isThere = viewTarget(fileOf(name), answers).kind === "file";
  return answers.get(`line:${name}`) === "nofile" && (isThere || isBringing(answers));
}

function refuse(name: string, { match = "" }: LineSpec, seen: string): void {
  const { head, fields } = parseAnswer(seen);
  const fail = (what: string, hint: string): never => {
    throw new DroverError("CONFLICT", `line:${name}: ${what}`, { hint });
  };
  if (head === "unmatched") {
    fail(
      `match ${match} does not match the line itself, so that every run would add it once more`,
      "let it match both",
    );
  }
  if (head === "many") {
    fail(
      `${fields["count"]} lines of ${fileOf(name)} match, and only one can become the line`,
      "make `match` narrower, or say `every: true`: then the first becomes the line and the others go",
    );
  }
  if (head === "binary") fail(`${fileOf(name)} is no text: it holds NUL bytes`, "write the whole file with file(...)");
}

function diffOf({ line, present, match }: LineSpec, seen: string): Diff[] {
  const { head, fields } = parseAnswer(seen);
  const { has } = fields;
  const old = has !== undefined ? unword(has) : head === "other" || head === "ours" ? "another" : "";
  const text = line === undefined ? `lines that match ${match ?? ""}` : maskText(line);
  return [
    present ? { path: "line", from: old, to: text } : { path: "line", from: has === undefined ? text : old, to: "" },
  ];
}
