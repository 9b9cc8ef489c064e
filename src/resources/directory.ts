import { z } from "zod";
import type { Answers } from "../model/answer.ts";
import { ENTRIES } from "../model/ask/entries.ts";
import { PATH } from "../model/ask/path.ts";
import { foldersAbove, isNumeric, type Owner, ownerOf, viewPath } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, modeSchema, ownerSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { planDirectory, planRemoval } from "./directory/plan.ts";
import { INSIDE, STRAY } from "./directory/strays.ts";

export const directorySchema = z.strictObject({
  mode: modeSchema
    .optional()
    .describe("Octal mode. Left out, it is made with `0755`, and one that is there keeps its own."),
  owner: ownerSchema
    .refine((owner) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(owner), "expected two names or two numbers")
    .optional()
    .describe(
      "`user` or `user:group`, or two numbers. Left out, it is made for root, and one that is there keeps its own.",
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe(
      "What is in it and not declared goes, shown one by one; folders in it only with the consent that loss of data needs.",
    ),
  keep: z
    .array(lineSchema.refine((glob) => glob !== "" && !glob.includes("/"), "expected a name, perhaps with `*` or `?`"))
    .optional()
    .describe('With `exclusive`: names that stay, with `*` and `?`, such as `["README*"]`.'),
});

export type DirectoryInput = z.input<typeof directorySchema>;
export type DirectorySpec = z.output<typeof directorySchema>;

export interface DirectoryState extends Owner {
  readonly mode: string;
}

/**
 * A folder. One that is there is used as it is; only what is declared of it is set. Folders that are missing above it
 * are made as root's, 0755, and stay. It leaves when nothing is in it; else it stays, and is ours no more. With
 * `exclusive` only what the plan knows of is in it: what packages bring is not known, and is named by `keep`.
 */
export const directoryType: ResourceType<DirectorySpec, DirectoryState> = {
  type: "directory",
  title: "A folder with its mode and owner.",
  schema: directorySchema,
  sharing: "shared",
  brief: true,
  askers: { path: PATH, entries: ENTRIES, inside: INSIDE, stray: STRAY },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("directory", pathSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planRemoval(name, observed, context.answers)
      : planDirectory(name, spec, observed, context.answers),
  spec: (_name, state) => ({ mode: state.mode.padStart(4, "0"), owner: ownerOf(state), exclusive: false }),
  outputs: (name) => ({ path: name }),
  after: (name, { owner = "root:root" }) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`]),
  ],
};

export default defineResource(directoryType);

/** What is in it matters only when it is to go. */
function questions(name: string, spec: DirectorySpec | undefined): Query[] {
  const path = { kind: "path", arg: name };
  if (spec === undefined) return [path, { kind: "entries", arg: name }];
  const inside = spec.exclusive ? [{ kind: "inside", arg: name }] : [];
  return [path, ...inside, ...foldersAbove(name).map((arg) => ({ kind: "path", arg }))];
}

function parse(name: string, answers: Answers): Observed<DirectoryState> {
  const view = viewPath(answers.get(`path:${name}`));
  if (view.kind === "absent") return view;
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "file") return { kind: "unknown", why: "it is a file" };
  const { mode, owner, ids } = view;
  return { kind: "present", state: { mode, owner, ids }, owners: [] };
}
