import { ABSENT, ANY, type Answer, type Answers, parseAnswer } from "../answer.ts";
import { ENTRY, KEYED, PATH, SECRETFILE } from "../ask/path.ts";
import { foldersAbove, type Owner, type PathView, viewPath } from "../ask/path-state.ts";
import type { Askers, Query } from "../query.ts";
import type { Observed } from "../resource.ts";
import { secretsIn, type Text } from "../secret.ts";
import { BLOB } from "./blob.ts";

/** What is seen of a whole file. */
export interface FileState extends Owner {
  readonly mode: string;
  /** Digest of its content; undefined where it was not asked for, because it may hold a secret. */
  readonly sha256: string | undefined;
  /** Of a text with secrets, its digest under the target's own key; undefined where it was not asked for, or is not known yet. */
  readonly keyed: string | undefined;
  /** Whether it holds the text with secrets that is wanted; `unknown` when a secret has no value here. */
  readonly secret: "same" | "other" | "unknown" | undefined;
}

/** What is wanted of a whole file: its bytes by text, or by digest when the target has them (or keeps them as a blob). */
export interface WholeFile {
  readonly path: string;
  readonly content?: Text | undefined;
  readonly sha256?: string | undefined;
  /** Octal, e.g. `0644`; `*` for as it will be. */
  readonly mode: string;
  /** `user:group`, by two names or two numbers; `*` for as it will be. */
  readonly owner: string;
}

type FileContent = Omit<WholeFile, "mode" | "owner">;

/** The askers that types whose things are whole files need. */
export const FILE_ASKERS: Askers = { path: PATH, entry: ENTRY, secretfile: SECRETFILE, keyed: KEYED, blob: BLOB };

/** The content where it holds a secret. */
export function secretText(file: Pick<WholeFile, "content">): Text | undefined {
  return file.content !== undefined && secretsIn(file.content).size > 0 ? file.content : undefined;
}

/** Which question decides: about its digest, about a text with secrets, or, where the content is left alone, neither. */
export function fileKey(file: FileContent): string {
  if (secretText(file) !== undefined) return `secretfile:${file.path}`;
  return `${file.content === undefined && file.sha256 === undefined ? "entry" : "path"}:${file.path}`;
}

/** The questions about a file, and about the folders above it. */
export function fileQueries(file: FileContent): Query[] {
  const { path, sha256 } = file;
  const folders = foldersAbove(path).map((arg) => ({ kind: "path", arg }));
  const secret = secretText(file);
  if (secret !== undefined) {
    return [
      { kind: "secretfile", arg: path, extra: [secret] },
      ...["entry", "keyed"].map((kind) => ({ kind, arg: path })),
      ...folders,
    ];
  }
  const kind = fileKey(file).startsWith("entry:") ? "entry" : "path";
  const blob = sha256 === undefined ? [] : [{ kind: "blob", arg: sha256 }];
  return [{ kind, arg: path }, ...blob, ...folders];
}

/** The questions about a file that is to go. */
export function removalQueries(path: string): Query[] {
  return ["path", "entry"].map((kind) => ({ kind, arg: path }));
}

/** The question with the most to say decides; one about a secret without a value says only that. */
export function observeFile(path: string, answers: Answers): Observed<FileState> {
  const [secret, plain, entry] = ["secretfile", "path", "entry"].map((kind) => answers.get(`${kind}:${path}`));
  const isHidden = secret !== undefined && parseAnswer(secret).fields["why"] === "secret";
  // Of two questions about one file a promise answers only one.
  const open = [plain, entry].includes(ABSENT) ? ABSENT : isHidden ? entry : (plain ?? entry);
  const view = viewPath(secret === undefined || isHidden ? open : secret);
  if (view.kind === "absent") return view;
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "directory") return { kind: "unknown", why: "it is a folder" };
  return { kind: "present", state: stateOf(view, isHidden, answers.get(`keyed:${path}`)), owners: [] };
}

/** What tells one content of it from another: its digest, or for a text with secrets one that tells nobody else anything. */
export function contentOutput({ sha256, keyed }: FileState): { readonly sha256?: string } {
  const digest = sha256 ?? keyed;
  return digest === undefined ? {} : { sha256: digest };
}

function stateOf(
  view: Extract<PathView, { mode: string }>,
  isHidden: boolean,
  keyedAnswer: Answer | undefined,
): FileState {
  const { mode, owner, ids, fields } = view;
  const secret = isHidden ? "unknown" : (["same", "other"] as const).find((word) => word === fields["secret"]);
  return { mode, owner, ids, sha256: fields["sha256"], keyed: keyedIn(keyedAnswer), secret };
}

function keyedIn(answer: Answer | undefined): string | undefined {
  if (answer === undefined) return undefined;
  const { sum = ANY } = parseAnswer(answer).fields;
  return sum === "none" ? ANY : sum;
}
