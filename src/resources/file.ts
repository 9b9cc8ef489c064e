import { z } from "zod";
import { ABSENT, type Answers, parseAnswer } from "../model/answer.ts";
import { ENTRY, PATH, SECRETFILE } from "../model/ask/path.ts";
import { foldersAbove, isNumeric, type Owner, ownerOf, type PathView, viewPath } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { modeSchema, ownerSchema, pathSchema, textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { maskText } from "../model/secret.ts";
import { keyOf, planFile, planRemoval, secretText } from "./file/plan.ts";

export const fileSchema = z.strictObject({
  content: textSchema
    .refine((text) => maskText(text).isWellFormed(), "expected text: a file of other bytes cannot be written from here")
    .optional()
    .describe(
      "All that the file holds, byte for byte; may hold `secret(...)`. Left out, the file has to be there and keeps its content.",
    ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")
    .optional()
    .describe("In place of content: what the file has to hold already, by digest."),
  mode: modeSchema.default("0644").describe("Octal mode; default `0644`."),
  owner: ownerSchema
    .refine((owner) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(owner), "expected two names or two numbers")
    .default("root:root")
    .describe("`user` or `user:group`, or two numbers; default `root:root`."),
});

export type FileInput = z.input<typeof fileSchema>;
export type FileSpec = z.output<typeof fileSchema>;

export interface FileState extends Owner {
  readonly mode: string;
  /** Digest of its content; undefined where it was not asked for, because it may hold a secret. */
  readonly sha256: string | undefined;
  /** Whether it holds the text with secrets that is wanted; `unknown` when a secret has no value here. */
  readonly secret: "same" | "other" | "unknown" | undefined;
}

/**
 * A whole file. It is written beside its place and renamed over it, so nobody reads half of it; what it replaces is kept
 * when everybody may read it. A link in its place, or a folder on the way that a user could swap, is refused. Folders
 * that are missing are made as root's, 0755, and stay. Hard links and extended attributes of a replaced file do not.
 */
export const fileType: ResourceType<FileSpec, FileState> = {
  type: "file",
  title: "A file with its content, mode and owner.",
  schema: fileSchema,
  sharing: "exclusive",
  askers: { path: PATH, entry: ENTRY, secretfile: SECRETFILE },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("file", pathSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context.answers) : planFile(name, spec, observed, context),
  spec: (_name, state) => ({
    mode: state.mode.padStart(4, "0"),
    owner: ownerOf(state),
    ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }),
  }),
  outputs: (name, state) => ({ path: name, ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }) }),
  after: (name, { owner }) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`]),
  ],
};

export default defineResource(fileType);

function questions(name: string, spec: FileSpec | undefined): Query[] {
  const folders = foldersAbove(name).map((arg) => ({ kind: "path", arg }));
  const [path, entry] = ["path", "entry"].map((kind) => ({ kind, arg: name })) as [Query, Query];
  if (spec === undefined) return [path, entry];
  const secret = secretText(spec);
  if (secret !== undefined) return [{ kind: "secretfile", arg: name, extra: [secret] }, entry, ...folders];
  return [keyOf(name, spec).startsWith("entry:") ? entry : path, ...folders];
}

/** The question with the most to say decides; one about a secret without a value says only that. */
function parse(name: string, answers: Answers): Observed<FileState> {
  const [secret, path, entry] = ["secretfile", "path", "entry"].map((kind) => answers.get(`${kind}:${name}`));
  const isHidden = secret !== undefined && parseAnswer(secret).fields["why"] === "secret";
  // Of two questions about one file a promise answers only one.
  const plain = [path, entry].includes(ABSENT) ? ABSENT : isHidden ? entry : (path ?? entry);
  const view = viewPath(secret === undefined || isHidden ? plain : secret);
  if (view.kind === "absent") return view;
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "directory") return { kind: "unknown", why: "it is a folder" };
  return { kind: "present", state: stateOf(view, isHidden), owners: [] };
}

function stateOf(view: Extract<PathView, { mode: string }>, isHidden: boolean): FileState {
  const { mode, owner, ids, fields } = view;
  const secret = isHidden ? "unknown" : (["same", "other"] as const).find((word) => word === fields["secret"]);
  return { mode, owner, ids, sha256: fields["sha256"], secret };
}
