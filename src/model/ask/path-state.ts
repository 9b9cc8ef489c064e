import {
  ABSENT,
  ANY,
  type Answer,
  type AnswerMap,
  type Answers,
  isUnknown,
  parseAnswer,
  unknownWhy,
  unword,
} from "../answer.ts";
import type { Diff } from "../change.ts";
import type { ExecStep } from "../step.ts";

/** Who has it: by name, and by number where that is not root. */
export interface Owner {
  /** `user:group`; a number where it has no name; `*` when only the numbers are promised. */
  readonly owner: string;
  readonly ids: string;
}

/** What a path askers' answer says, for the types whose things are paths. */
export type PathView =
  | { readonly kind: "absent" }
  | ({ readonly kind: "file" | "directory"; readonly mode: string; readonly fields: Fields } & Owner)
  /** Something in the way; `why` is for people. */
  | { readonly kind: "other"; readonly why: string };

type Fields = Readonly<Record<string, string>>;

const ROOT = "root:root";

export function viewPath(answer: Answer | undefined): PathView {
  if (answer === undefined) return { kind: "other", why: "it was not answered" };
  if (isUnknown(answer)) return { kind: "other", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  switch (head) {
    case "absent":
      return { kind: "absent" };
    case "file":
    case "directory": {
      const owner = fields["owner"] ?? "";
      return {
        kind: head,
        mode: fields["mode"] ?? "",
        owner,
        ids: fields["ids"] ?? (owner === ROOT ? "0:0" : ""),
        fields,
      };
    }
    case "link":
      return {
        kind: "other",
        why: `it is a link to ${unword(fields["to"] ?? "?")}, and links are neither followed nor replaced`,
      };
    case "mounted":
      return { kind: "other", why: "it is mounted by itself, as a container's /etc/hosts is, and cannot be replaced" };
    default:
      return { kind: "other", why: "it is neither a file nor a folder" };
  }
}

/** Whether somebody without any right may read it: then it holds no secret. */
export function isReadable(mode: string): boolean {
  return /[4567]$/.test(mode);
}

/** The owner's fields as the askers will print them. */
export function ownerFields(owner: string): string {
  if (owner === ANY) return `owner=${ANY}`;
  if (owner === ROOT || owner === "0:0") return `owner=${ROOT}`;
  return isNumeric(owner) ? `owner=* ids=${owner}` : `owner=${owner} ids=*`;
}

export function hasOwner(seen: Owner, wanted: string): boolean {
  return isNumeric(wanted) ? seen.ids === wanted : seen.owner === wanted;
}

/** The owner as a spec would name it: by two names, else by two numbers. */
export function ownerOf(seen: Owner): string {
  return /^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$/.test(seen.owner) ? seen.owner : seen.ids;
}

export function isNumeric(owner: string): boolean {
  return /^\d+:\d+$/.test(owner);
}

/** The folders above a path, top first, without `/`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** The first of them where everybody can swap what is in it: open to all, without the sticky bit. */
export function openFolder(path: string, answers: Answers): string | undefined {
  return foldersAbove(path).find((folder) => {
    const view = viewPath(answers.get(`path:${folder}`));
    return view.kind === "directory" && /[2367]$/.test(view.mode) && !/^[1357]...$/.test(view.mode);
  });
}

/** Those of them that will not be there. */
export function missingFolders(path: string, answers: Answers): string[] {
  return foldersAbove(path).filter((folder) => answers.get(`path:${folder}`) === "absent");
}

/** The same for people; a package that goes in before may bring them. */
export function folderDiff(folders: readonly string[], answers: Answers): Diff[] {
  const to = isBringing(answers) ? `0755 root:root, ${UNLESS_BROUGHT}` : "0755 root:root";
  return folders.map((folder) => ({ path: `folder ${folder}`, from: "", to }));
}

/** That the first of them, and with it all, is not taken away again. */
export function folderNotes([first]: readonly string[], answers: Answers, what: string): { notes?: string[] } {
  if (first === undefined) return {};
  const made = isBringing(answers) ? `${first} is made for it, ${UNLESS_BROUGHT},` : `${first} is made for it`;
  return { notes: [`${made} and stays when ${what} goes`] };
}

export const UNLESS_BROUGHT = "unless a package before brings it";

/** From and to of folders that are made; those that a package may bring are left open. */
export function folderAnswers(folders: readonly string[], answers: Answers): { from: AnswerMap; to: AnswerMap } {
  const sure = isBringing(answers) ? [] : folders;
  const each = (answer: Answer): AnswerMap => Object.fromEntries(sure.map((folder) => [`path:${folder}`, answer]));
  return { from: each(ABSENT), to: each("directory mode=755 owner=root:root") };
}

/** Makes folders as root's, 0755, whatever the umask; those that are there by then keep what they have. */
export function makeFolders(folders: readonly string[]): ExecStep[] {
  if (folders.length === 0) return [];
  return [{ kind: "exec", argv: ["sh", "-c", 'umask 022; mkdir -p -- "$@"', "sh", ...folders] }];
}

/**
 * Whether a package goes in before: what it brings is known after apply, so what is absent now may be there by then.
 * (`version=*` is only ever promised, never seen.)
 */
export function isBringing(answers: Answers): boolean {
  return [...answers].some(([key, answer]) => key.startsWith("package:") && answer.includes(" version=* "));
}
