import { z } from "zod";
import { ANY } from "../model/answer.ts";
import { foldersAbove, isNumeric, ownerOf } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, modeSchema, ownerSchema, pathSchema, textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { maskText } from "../model/secret.ts";
import { planFile, planFileRemoval } from "../model/whole-file/plan.ts";
import {
  contentOutput,
  FILE_ASKERS,
  type FileState,
  fileQueries,
  observeFile,
  removalQueries,
} from "../model/whole-file/state.ts";

export const fileSchema = z.strictObject({
  content: textSchema
    .refine((text) => maskText(text).isWellFormed(), "expected text: a file of other bytes cannot be written from here")
    .optional()
    .describe(
      "All that the file holds, byte for byte; may hold `secret(...)`. Left out, the file has to be there, or come with a package: it keeps its content, and stays when it leaves the stack file.",
    ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")
    .optional()
    .describe(
      "In place of content: by digest, what the file has to hold already, or what the machine keeps of an earlier run.",
    ),
  mode: modeSchema
    .optional()
    .describe("Octal mode. Left out, `0644`; a file whose content is not given keeps its own."),
  owner: ownerSchema
    .refine((owner) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(owner), "expected two names or two numbers")
    .optional()
    .describe(
      "`user` or `user:group`, or two numbers. Left out, `root:root`; a file whose content is not given keeps its own.",
    ),
  check: z
    .array(lineSchema)
    .min(1)
    .refine((argv) => argv.includes("{}"), "expected `{}` among its words, where the file to check stands")
    .optional()
    .describe('A program that has to accept the file before it takes its place, such as `["visudo", "-cf", "{}"]`.'),
});

export type FileInput = z.input<typeof fileSchema>;
export type FileSpec = z.output<typeof fileSchema>;

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
  // Mode and owner alone: whoever wrote the file has it.
  asFound: ({ content, sha256 }) => content === undefined && sha256 === undefined,
  brief: true,
  askers: FILE_ASKERS,
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("file", pathSchema, name), spec)),
  parse: observeFile,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planFileRemoval(name, observed, context)
      : planFile({ path: name, ...spec, ...rightsOf(spec, observed) }, observed, context, {
          id: `file:${name}`,
          check: spec.check,
        }),
  spec: (_name, state) => ({
    mode: state.mode.padStart(4, "0"),
    owner: ownerOf(state),
    ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }),
  }),
  path: (name) => name,
  outputs: (name, state) => ({ path: name, ...contentOutput(state) }),
  after: (name, { owner = ROOT }) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`]),
  ],
};

export default defineResource(fileType);

const ROOT = "root:root";

/** What is not declared of a file that is somebody else's, stays; what is not there yet, nobody knows. */
function rightsOf(spec: FileSpec, observed: Observed<FileState>): { readonly mode: string; readonly owner: string } {
  const { mode = "0644", owner = ROOT, content, sha256 } = spec;
  if (content !== undefined || sha256 !== undefined) return { mode, owner };
  const state = observed.kind === "present" ? observed.state : undefined;
  return {
    mode: spec.mode ?? state?.mode ?? ANY,
    owner: spec.owner ?? (state === undefined ? ANY : ownerOf(state)),
  };
}

function questions(path: string, spec: FileSpec | undefined): Query[] {
  return spec === undefined ? removalQueries(path) : fileQueries({ path, ...spec });
}
