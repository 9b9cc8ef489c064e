import { sha256 } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type AnswerMap, type Answers, isUnknown } from "../../model/answer.ts";
import {
  folderAnswers,
  hasOwner,
  isBringing,
  isReadable,
  makeFolders,
  missingFolders,
  openFolder,
  ownerFields,
} from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { plainMode } from "../../model/name.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { maskText, secretsIn, type Text } from "../../model/secret.ts";
import type { Step } from "../../model/step.ts";
import type { FileSpec, FileState } from "../file.ts";

/** Which question decides: about its digest, about a text with secrets, or, where the content is left alone, neither. */
export function keyOf(name: string, spec: FileSpec): string {
  if (secretText(spec) !== undefined) return `secretfile:${name}`;
  return `${spec.content === undefined && spec.sha256 === undefined ? "entry" : "path"}:${name}`;
}

/** The content where it holds a secret. */
export function secretText(spec: FileSpec): Text | undefined {
  return spec.content !== undefined && secretsIn(spec.content).size > 0 ? spec.content : undefined;
}

export function planRemoval(name: string, observed: Observed<FileState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  // A digest could tell a secret, so where not everybody may read the file it is left out.
  const key = isReadable(observed.state.mode) && answers.has(`path:${name}`) ? `path:${name}` : `entry:${name}`;
  return {
    action: "delete",
    diff: [{ path: "file", from: "there", to: "" }],
    steps: [{ kind: "exec", argv: ["rm", "-f", "--", name] }],
    from: { [key]: answers.get(key) ?? ABSENT },
    to: { [key]: ABSENT },
  };
}

export function planFile(name: string, spec: FileSpec, observed: Observed<FileState>, context: PlanContext): Planned {
  const state = observed.kind === "present" ? observed.state : undefined;
  const key = keyOf(name, spec);
  const seen = context.answers.get(key);
  const folders = state === undefined ? missingFolders(name, context.answers) : [];
  const made = folderAnswers(folders, context.answers);
  const diff = [...folderDiff(folders), ...diffOf(spec, state)];
  if (diff.length === 0) return stays(name, state, seen === undefined ? {} : { [key]: seen });
  refuseOpenFolder(name, context.answers);
  if (spec.content === undefined) return planRights(name, spec, state, key, { [key]: seen ?? ABSENT }, diff);
  const mayBeThere = state === undefined && isBringing(context.answers);
  const isKept = mayBeThere || (state !== undefined && mayBeKept(spec, state));
  return {
    action: state === undefined ? "create" : "update",
    diff,
    steps: [...makeFolders(folders), writeStep(name, spec, spec.content, isKept)],
    from: { ...made.from, [key]: mayBeThere ? ANY : before(seen, state) },
    to: { ...made.to, [key]: promise(spec) },
    ...(folders.length === 0 ? {} : { notes: [`${folders[0]} is made for it and stays when the file goes`] }),
  };
}

function refuseOpenFolder(name: string, answers: Answers): void {
  const folder = openFolder(name, answers);
  if (folder === undefined) return;
  throw new DroverError("CONFLICT", `file:${name}: everybody may write to ${folder}, and could swap what is written`, {
    hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
  });
}

function stays(name: string, state: FileState | undefined, answers: AnswerMap): Planned {
  if (state?.secret !== "unknown") return noop(answers);
  return { ...noop(answers), notes: [`${name}: secret unknown here, so that its content could not be compared`] };
}

/** Bytes that may hold a secret are not kept: those of a text with secrets, and those that not everybody may read. */
function mayBeKept(spec: FileSpec, state: FileState): boolean {
  return !holds(spec, state) && state.secret === undefined && isReadable(state.mode);
}

/** Without the secret's value, only whether the file is there is known. */
function before(seen: Answer | undefined, state: FileState | undefined): Answer {
  if (state === undefined) return ABSENT;
  return seen === undefined || isUnknown(seen) ? ANY : seen;
}

function writeStep(path: string, spec: FileSpec, content: Text, keep: boolean): Step {
  return { kind: "write", path, content, mode: fullMode(spec), owner: spec.owner, ...(keep ? { keep } : {}) };
}

/** Mode and owner alone: the content is not ours to write. */
function planRights(
  name: string,
  spec: FileSpec,
  state: FileState | undefined,
  key: string,
  from: AnswerMap,
  diff: readonly Diff[],
): Planned {
  if (state === undefined) {
    throw new DroverError("CONFLICT", `file:${name} is not there, and its content is not given`, {
      hint: "give it `content`, or take it out of the file",
    });
  }
  if (spec.sha256 !== undefined && spec.sha256 !== state.sha256) {
    throw new DroverError("CONFLICT", `file:${name} holds something else than its digest says`, {
      hint: "give it `content` in place of `sha256`",
    });
  }
  const sum = spec.sha256 === undefined ? "" : ` sha256=${spec.sha256}`;
  return {
    action: "update",
    diff,
    // The owner first: a change of owner clears special bits.
    steps: [
      { kind: "exec", argv: ["chown", "-h", "--", spec.owner, name] },
      { kind: "exec", argv: ["chmod", "--", fullMode(spec), name] },
    ],
    from,
    to: { [key]: `file mode=${plainMode(spec.mode)} ${ownerFields(spec.owner)}${sum}` },
  };
}

function promise(spec: FileSpec): string {
  const content = secretText(spec) === undefined ? `sha256=${sha256(maskText(spec.content ?? ""))}` : "secret=same";
  return `file mode=${plainMode(spec.mode)} ${ownerFields(spec.owner)} ${content}`;
}

function fullMode(spec: FileSpec): string {
  return plainMode(spec.mode).padStart(4, "0");
}

function holds(spec: FileSpec, state: FileState): boolean {
  if (spec.content === undefined) return spec.sha256 === undefined || spec.sha256 === state.sha256;
  if (secretText(spec) !== undefined) return state.secret !== "other";
  return state.sha256 === sha256(maskText(spec.content));
}

function folderDiff(folders: readonly string[]): Diff[] {
  return folders.map((folder) => ({ path: `folder ${folder}`, from: "", to: "0755 root:root" }));
}

function diffOf(spec: FileSpec, state: FileState | undefined): Diff[] {
  const diff: Diff[] = [];
  const add = (path: string, from: string, to: string): number => diff.push({ path, from, to });
  if (state === undefined || !holds(spec, state)) add("content", contentOf(state), wantedContent(spec));
  if (state?.mode !== plainMode(spec.mode)) add("mode", state?.mode ?? "", plainMode(spec.mode));
  if (state === undefined || !hasOwner(state, spec.owner)) add("owner", state?.owner ?? "", spec.owner);
  return diff;
}

function contentOf(state: FileState | undefined): string {
  if (state === undefined) return "";
  return state.sha256 === undefined ? "something else" : `sha256 ${state.sha256.slice(0, 12)}`;
}

function wantedContent(spec: FileSpec): string {
  if (spec.content === undefined) return `sha256 ${spec.sha256?.slice(0, 12) ?? "any"}`;
  const names = [...secretsIn(spec.content).keys()];
  if (names.length > 0) return `text with ${names.map((name) => `secret(${name})`).join(", ")}`;
  const text = maskText(spec.content);
  return `sha256 ${sha256(text).slice(0, 12)}, ${Buffer.byteLength(text)} bytes`;
}
