import { z } from "zod";
import { foldersAbove, isNumeric, ownerOf } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { FETCHER } from "../model/fetch/ask.ts";
import { sha256Schema, urlSchema, withinSchema } from "../model/fetch/schema.ts";
import { lineSchema, modeSchema, ownerSchema, pathSchema } from "../model/name.ts";
import { defineResource, type ResourceType, withFields } from "../model/resource.ts";
import { planFileRemoval } from "../model/whole-file/plan.ts";
import { FILE_ASKERS, type FileState, fileQueries, observeFile, removalQueries } from "../model/whole-file/state.ts";
import { planDownload } from "./download/plan.ts";

const mode = modeSchema.default("0644");
const owner = ownerSchema
  .refine((text) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(text), "expected two names or two numbers")
  .default("root:root");

export const downloadFieldsSchema = z.strictObject({
  url: urlSchema.describe(
    "Where it is fetched from, by the machine itself; may hold `secret(...)`. Redirects are followed.",
  ),
  sha256: sha256Schema.describe("Digest of the whole file, as `sha256sum` tells it. Nothing else takes its place."),
  mode: mode.describe("Octal mode; default `0644`."),
  owner: owner.describe("`user` or `user:group`, or two numbers; default `root:root`."),
  check: z
    .array(lineSchema)
    .min(1)
    .refine((argv) => argv.includes("{}"), "expected `{}` among its words, where the file to check stands")
    .optional()
    .describe("A program that has to accept the file before it takes its place."),
  within: withinSchema.default(600).describe("Seconds that fetching may take; default 600."),
});

export type DownloadInput = z.input<typeof downloadFieldsSchema>;
export type DownloadSpec = z.output<typeof downloadFieldsSchema>;

/** What `spec()` gives: a file as it was, which comes back where the machine keeps its bytes. */
const seenSchema = z.strictObject({ sha256: z.string().optional(), mode, owner });
export type Wanted = DownloadSpec | z.output<typeof seenSchema>;

/**
 * A file that the machine fetches by itself, known by its digest: while that fits, nothing is fetched. It is fetched
 * beside its place, verified, and renamed over it. What it replaces is kept when everybody may read it.
 */
export const downloadType: ResourceType<Wanted, FileState> = {
  type: "download",
  title: "A file fetched by its URL and digest.",
  schema: z.union([downloadFieldsSchema, seenSchema]),
  sharing: "exclusive",
  bulky: true,
  askers: { ...FILE_ASKERS, fetcher: FETCHER },
  query: (wanted) =>
    wanted.flatMap(({ name, spec }) => {
      const path = checkName("download", pathSchema, name);
      if (spec === undefined) return removalQueries(path);
      return [...fileQueries({ path, sha256: spec.sha256 }), { kind: "fetcher", arg: "main" }];
    }),
  parse: observeFile,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planFileRemoval(name, observed, context) : planDownload(name, spec, observed, context),
  spec: (_name, state) => ({
    mode: state.mode.padStart(4, "0"),
    owner: ownerOf(state),
    ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }),
  }),
  path: (name) => name,
  outputs: (name, state) => ({ path: name, ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }) }),
  after: (name, { owner }) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    // One of them may bring what it is fetched with.
    "package:*",
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`]),
  ],
};

export default withFields(defineResource(downloadType), downloadFieldsSchema);
