import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers } from "../answer.ts";
import {
  folderAnswers,
  folderDiff,
  foldersAbove,
  isBringing,
  isReadable,
  makeFolders,
  missingFolders,
  openFolder,
  type PathView,
  viewPath,
} from "../ask/path-state.ts";
import type { Diff } from "../change.ts";
import { plainMode } from "../name.ts";
import type { Query } from "../query.ts";
import type { Step } from "../step.ts";

/** What an edit needs to know of its file: whether it is there, and which answers about it move. */
export interface Target {
  readonly steps: readonly Step[];
  readonly diff: readonly Diff[];
  readonly from: AnswerMap;
  readonly to: AnswerMap;
  /** Its old bytes may be kept: everybody may read them. */
  readonly isOpen: boolean;
  readonly create?: { readonly mode: string; readonly owner: string };
}

/** The questions about the file that is edited, and about the folders above it. */
export function targetQueries(path: string): Query[] {
  const folders = foldersAbove(path).map((arg) => ({ kind: "path", arg }));
  return [{ kind: "path", arg: path }, { kind: "entry", arg: path }, ...folders];
}

/** Why the file cannot be edited, if so. */
export function wrongTarget(path: string, answers: Answers): string | undefined {
  const view = viewPath(answers.get(`path:${path}`));
  if (view.kind === "other") return `${path}: ${view.why}`;
  return view.kind === "directory" ? `${path} is a folder` : undefined;
}

/** What is seen of the file. One that is being made for a secret is promised without its digest. */
export function viewTarget(path: string, answers: Answers): PathView {
  const [view, entry] = ["path", "entry"].map((kind) => viewPath(answers.get(`${kind}:${path}`))) as [
    PathView,
    PathView,
  ];
  return view.kind === "absent" && entry.kind === "file" ? entry : view;
}

/**
 * What is to be done about the file before it is edited: `create` says whether it may be made, and whether for a secret.
 * Pure; throws where it is not there and is not to be made.
 */
export function planTarget(
  id: string,
  path: string,
  create: boolean | { readonly secret: boolean },
  answers: Answers,
): Target {
  const folder = openFolder(path, answers);
  if (folder !== undefined) {
    throw new DroverError("CONFLICT", `${id}: everybody may write to ${folder}, and could swap what is written`, {
      hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
    });
  }
  const view = viewTarget(path, answers);
  if (view.kind === "file") return { ...there(path, view.mode, answers), steps: [], diff: [] };
  if (create !== false) return made(path, typeof create === "object" && create.secret, answers);
  // A package that goes in before may bring it.
  if (isBringing(answers)) return { steps: [], diff: [], isOpen: false, from: {}, to: {} };
  throw new DroverError("CONFLICT", `${id}: there is no file ${path}`, {
    hint: "give it `create: true`, or declare what brings the file before it with `needs`",
  });
}

/** The digest of a file that not everybody may read could tell a secret, so it is left out. */
function there(path: string, mode: string, answers: Answers): Pick<Target, "from" | "to" | "isOpen"> {
  const isOpen = isReadable(mode);
  const kinds = isOpen ? ["path"] : ["entry", "path"];
  const key = kinds.map((kind) => `${kind}:${path}`).find((one) => answers.has(one)) ?? `path:${path}`;
  const seen = answers.get(key) ?? ANY;
  return { isOpen, from: { [key]: seen }, to: { [key]: seen.replace(/ sha256=\S+/, " sha256=*") } };
}

function made(path: string, secret: boolean, answers: Answers): Target {
  const [key, mode, sum] = secret ? [`entry:${path}`, "0600", ""] : [`path:${path}`, "0644", " sha256=*"];
  const folders = missingFolders(path, answers);
  const about = folderAnswers(folders, answers);
  const file = { path: `file ${path}`, from: "", to: `${mode} root:root` };
  return {
    steps: makeFolders(folders),
    diff: [...folderDiff(folders, answers), file],
    isOpen: !secret,
    from: { ...about.from, [key]: isBringing(answers) ? ANY : ABSENT },
    to: { ...about.to, [key]: `file mode=${plainMode(mode)} owner=root:root${sum}` },
    create: { mode, owner: "root:root" },
  };
}
