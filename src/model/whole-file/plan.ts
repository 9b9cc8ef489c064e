import { sha256 } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type AnswerMap, type Answers, isUnknown } from "../answer.ts";
import {
  folderAnswers,
  folderDiff,
  folderNotes,
  isBringing,
  isReadable,
  makeFolders,
  missingFolders,
  openFolder,
  ownerFields,
} from "../ask/path-state.ts";
import { type Diff, noop, type Planned } from "../change.ts";
import { plainMode } from "../name.ts";
import type { Observed, PlanContext } from "../resource.ts";
import { maskText, secretsIn } from "../secret.ts";
import type { Step, WriteStep } from "../step.ts";
import { holds, rightsDiff, wantedContent } from "./compare.ts";
import { type FileState, fileKey, secretText, type WholeFile } from "./state.ts";

/** How a type of its own writes the file that it is made of. */
export interface Writing {
  /** The resource, for people: `file:/etc/x`, `cron:backup`. */
  readonly id: string;
  /** Checks the staged file before it takes its place; `{}` in it is the staged file. */
  readonly check?: readonly string[] | undefined;
  /** Its bytes never hold a secret, whoever may read them: those that are replaced are kept. */
  readonly plain?: boolean | undefined;
}

/** Decides how a whole file comes to be as wanted. Pure. */
export function planFile(
  file: WholeFile,
  observed: Observed<FileState>,
  context: Pick<PlanContext, "answers" | "hadSecret">,
  writing: Writing,
): Planned {
  const { path } = file;
  const { answers } = context;
  const state = observed.kind === "present" ? observed.state : undefined;
  const key = fileKey(file);
  const seen = answers.get(key);
  const folders = state === undefined ? missingFolders(path, answers) : [];
  const made = folderAnswers(folders, answers);
  const diff = [...folderDiff(folders, answers), ...contentDiff(file, state), ...rightsDiff(file, state)];
  if (diff.length === 0) return stays(path, state, seen === undefined ? {} : { [key]: seen });
  const folder = openFolder(path, answers);
  if (folder !== undefined) refuseOpenFolder(writing.id, folder);
  const content = bytesOf(file, state, context);
  const mayBeThere = state === undefined && isBringing(answers);
  if (content === undefined && file.sha256 === undefined && mayBeThere) return rightsOfWhatComes(file);
  if (content === undefined) return planRights(file, state, { [key]: seen ?? ABSENT }, diff, writing.id);
  const { hadSecret = false } = context;
  const other = state === undefined ? otherAnswer(file, answers, mayBeThere) : { from: {}, to: {} };
  const keyed = keyedAnswer(file, state, answers);
  const isKept = mayBeThere || (state !== undefined && !hadSecret && mayBeKept(file, state, writing));
  return {
    action: state === undefined ? "create" : "update",
    diff,
    steps: [...makeFolders(folders), writeStep(file, content, isKept, writing.check)],
    from: { ...made.from, ...other.from, ...keyed.from, [key]: mayBeThere ? ANY : before(seen, state) },
    to: { ...made.to, ...other.to, ...keyed.to, [key]: promise(file) },
    ...folderNotes(folders, answers, "the file"),
  };
}

/** Decides how a whole file goes. Pure. */
export function planFileRemoval(
  path: string,
  observed: Observed<FileState>,
  context: Pick<PlanContext, "answers" | "hadSecret">,
  { plain = false }: Pick<Writing, "plain"> = {},
): Planned {
  if (observed.kind !== "present") return noop();
  const { answers, hadSecret = false } = context;
  // A digest could tell a secret, so where not everybody may read the file it is left out.
  const mayBeTold = isReadable(observed.state.mode) && !hadSecret;
  const isOpen = (plain || mayBeTold) && answers.has(`path:${path}`);
  const key = isOpen ? `path:${path}` : `entry:${path}`;
  return {
    action: "delete",
    diff: [{ path: "file", from: "there", to: "" }],
    steps: [{ kind: "remove", path, ...(isOpen ? { keep: true } : {}) }],
    from: { [key]: answers.get(key) ?? ABSENT },
    to: { [key]: ABSENT },
  };
}

function refuseOpenFolder(id: string, folder: string): never {
  throw new DroverError("CONFLICT", `${id}: everybody may write to ${folder}, and could swap what is written`, {
    hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
  });
}

function stays(path: string, state: FileState | undefined, answers: AnswerMap): Planned {
  if (state?.secret !== "unknown") return noop(answers);
  return { ...noop(answers), notes: [`${path}: secret unknown here, so that its content could not be compared`] };
}

/** What is to be written: its text, or bytes that the target keeps; nothing where its content is right or not ours. */
function bytesOf(
  file: WholeFile,
  state: FileState | undefined,
  { answers }: Pick<PlanContext, "answers">,
): WriteStep["content"] | undefined {
  if (file.content !== undefined) return file.content;
  if (file.sha256 === undefined || (state !== undefined && holds(file, state))) return undefined;
  return answers.get(`blob:${file.sha256}`) === "kept" ? { kept: file.sha256 } : undefined;
}

/** Bytes that may hold a secret are not kept: those of a text with secrets, and those that not everybody may read. */
function mayBeKept(file: WholeFile, state: FileState, { plain = false }: Writing): boolean {
  return !holds(file, state) && state.secret === undefined && (plain || isReadable(state.mode));
}

/** Without the secret's value, only whether the file is there is known. */
function before(seen: Answer | undefined, state: FileState | undefined): Answer {
  if (state === undefined) return ABSENT;
  return seen === undefined || isUnknown(seen) ? ANY : seen;
}

function writeStep(file: WholeFile, content: WriteStep["content"], keep: boolean, check: Writing["check"]): Step {
  const { path, owner } = file;
  return {
    kind: "write",
    path,
    content,
    mode: fullMode(file),
    owner,
    ...(keep ? { keep } : {}),
    ...(check === undefined ? {} : { check }),
  };
}

/** Mode and owner alone: the content is right, or not ours to write. */
function planRights(
  file: WholeFile,
  state: FileState | undefined,
  from: AnswerMap,
  diff: readonly Diff[],
  id: string,
): Planned {
  if (state === undefined) {
    throw new DroverError("CONFLICT", `${id} is not there, and its content is not given`, {
      hint: "give it `content`, or take it out of the file",
    });
  }
  if (file.sha256 !== undefined && file.sha256 !== state.sha256) {
    throw new DroverError(
      "CONFLICT",
      `${id} holds something else than its digest says, and the machine keeps no bytes that fit`,
      {
        hint: "give it `content` in place of `sha256`",
      },
    );
  }
  const sum = file.sha256 === undefined ? "" : ` sha256=${file.sha256}`;
  return {
    action: "update",
    diff,
    steps: rightsSteps(file),
    from,
    to: { [fileKey(file)]: `${promisedRights(file)}${sum}` },
  };
}

/** A package of this run may bring it. When none does, or what it brings is a link, that is told. */
function rightsOfWhatComes(file: WholeFile): Planned {
  const script = '[ -f "$1" ] && [ ! -L "$1" ] || { printf "no package brought a file %s\\n" "$1"; exit 1; }';
  return {
    action: "create",
    diff: rightsDiff(file, undefined),
    steps: [{ kind: "exec", argv: ["sh", "-c", script, "sh", file.path] }, ...rightsSteps(file)],
    from: { [fileKey(file)]: ANY },
    to: { [fileKey(file)]: promisedRights(file) },
    notes: ["a package of this run has to bring it"],
  };
}

/** The owner first: a change of owner clears special bits. */
function rightsSteps(file: WholeFile): Step[] {
  return [
    ...(file.owner === ANY ? [] : [{ kind: "exec" as const, argv: ["chown", "-h", "--", file.owner, file.path] }]),
    ...(file.mode === ANY ? [] : [{ kind: "exec" as const, argv: ["chmod", "--", fullMode(file), file.path] }]),
  ];
}

function promisedRights(file: WholeFile): string {
  return `file mode=${plainMode(file.mode)} ${ownerFields(file.owner)}`;
}

function promise(file: WholeFile): string {
  const digest = file.sha256 ?? sha256(maskText(file.content ?? ""));
  const content = secretText(file) === undefined ? `sha256=${digest}` : "secret=same";
  return `${promisedRights(file)} ${content}`;
}

/** Somebody else may have asked whether it is there, as a link that leads to it: that it is not is over then, too. */
function otherAnswer(file: WholeFile, answers: Answers, mayBeThere: boolean): { from: AnswerMap; to: AnswerMap } {
  const key = `entry:${file.path}`;
  if (key === fileKey(file) || answers.get(key) !== ABSENT) return { from: {}, to: {} };
  return { from: { [key]: mayBeThere ? ANY : ABSENT }, to: { [key]: promisedRights(file) } };
}

function fullMode(file: WholeFile): string {
  return plainMode(file.mode).padStart(4, "0");
}

/** Of a text with secrets the target alone can tell the digest, once it is written. */
function keyedAnswer(
  file: WholeFile,
  state: FileState | undefined,
  answers: Answers,
): { from: AnswerMap; to: AnswerMap } {
  const key = `keyed:${file.path}`;
  const seen = answers.get(key);
  if (secretText(file) === undefined || seen === undefined) return { from: {}, to: {} };
  // It may have been put right meanwhile: whether it is as wanted, the comparison with the text tells.
  return { from: { [key]: ANY }, to: { [key]: state !== undefined && holds(file, state) ? seen : ANY } };
}

function contentDiff(file: WholeFile, state: FileState | undefined): Diff[] {
  if (state !== undefined && holds(file, state)) return [];
  return [{ path: "content", from: seenContent(state), to: wantedContent(file, [...secretsIn(file.content).keys()]) }];
}

function seenContent(state: FileState | undefined): string {
  if (state === undefined) return "";
  return state.sha256 === undefined ? "something else" : `sha256 ${state.sha256.slice(0, 12)}`;
}
