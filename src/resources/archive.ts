import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { PATH } from "../model/ask/path.ts";
import { foldersAbove, isNumeric, viewPath } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { FETCHER } from "../model/fetch/ask.ts";
import { sha256Schema, urlSchema, withinSchema } from "../model/fetch/schema.ts";
import { modeSchema, ownerSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType, withFields } from "../model/resource.ts";
import { ARCHIVE, UNPACKER } from "./archive/ask.ts";
import { FORMATS, formatOf, guessFormat, recordOf, UNPACKERS } from "./archive/format.ts";
import { planArchive, planArchiveRemoval, promise } from "./archive/plan.ts";

const strip = z
  .int()
  .min(0)
  .max(20)
  .default(0)
  .describe("How many folders at the front of each name are left out; default 0.");
const mode = modeSchema.default("0755").describe("Octal mode of the folder itself; default `0755`.");
const owner = ownerSchema
  .refine((text) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(text), "expected two names or two numbers")
  .default("root:root")
  .describe("Whose all of it is, whatever the archive says; default `root:root`.");

export const archiveFieldsSchema = z
  .strictObject({
    url: urlSchema.optional().describe("Where it is fetched from, by the machine itself; may hold `secret(...)`."),
    path: pathSchema.optional().describe("In place of `url`: an archive that is on the machine."),
    sha256: sha256Schema.describe("Digest of the archive, verified before anything of it is unpacked."),
    format: z
      .enum(FORMATS)
      .optional()
      .describe("A tar, plain or compressed by gz, xz or zst, or a zip; by default how the name ends."),
    ...{ strip, owner, mode },
    within: withinSchema.default(600).describe("Seconds that fetching may take; default 600."),
  })
  .refine(({ url, path }) => (url === undefined) !== (path === undefined), {
    path: ["url"],
    message: "expected either `url` or `path`",
  })
  .refine((spec) => guessFormat(spec) !== undefined, {
    path: ["format"],
    message: `how its name ends does not tell: expected one of ${FORMATS.join(", ")}`,
  })
  .transform((spec) => ({ ...spec, format: formatOf(spec) }));

export type ArchiveInput = z.input<typeof archiveFieldsSchema>;
export type ArchiveSpec = z.output<typeof archiveFieldsSchema>;

/** What `spec()` gives of what was unpacked, whose source is not known any more, and of what is foreign. */
const seenSchema = z.strictObject({ sha256: sha256Schema, strip, owner, mode });
const hiddenSchema = z.strictObject({ hidden: z.literal(true) });
export type Wanted = ArchiveSpec | z.output<typeof seenSchema> | z.output<typeof hiddenSchema>;

export type ArchiveState =
  | { readonly kind: "foreign" }
  | {
      readonly kind: "unpacked";
      readonly sha256: string;
      readonly strip: number;
      readonly owner: string;
      readonly mode: string;
      /** Nobody has put anything into it, or taken anything out. */
      readonly isClean: boolean;
    };

/**
 * A folder with what an archive holds. It is unpacked beside its place and swapped in as a whole. Names that lead out,
 * links that lead out, and devices are refused, and then nothing is changed. What was unpacked is known by its digest:
 * files in it that are changed by hand later are not noticed. What others put into the folder goes with the next
 * archive, which needs the consent that loss of data needs.
 */
export const archiveType: ResourceType<Wanted, ArchiveState> = {
  type: "archive",
  title: "A folder with what an archive holds.",
  schema: z.union([archiveFieldsSchema, seenSchema, hiddenSchema]),
  sharing: "exclusive",
  bulky: true,
  askers: { path: PATH, archive: ARCHIVE, unpacker: UNPACKER, fetcher: FETCHER },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("archive", pathSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planArchiveRemoval(name, observed, context.answers)
      : planArchive(name, spec, observed, context.answers),
  spec: (_name, state) => {
    if (state.kind === "foreign") return { hidden: true };
    const { sha256, strip, owner, mode } = state;
    return { sha256, strip, owner, mode: mode.padStart(4, "0") };
  },
  outputs: (name, state) => ({ path: name, ...(state.kind === "unpacked" ? { sha256: state.sha256 } : {}) }),
  after: (name, spec) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...("hidden" in spec || isNumeric(spec.owner) ? [] : [`user:${spec.owner.split(":")[0]}`]),
    ...("format" in spec ? ["package:*"] : []),
    ...("path" in spec && spec.path !== undefined ? [`download:${spec.path}`, `file:${spec.path}`] : []),
  ],
};

export default withFields(defineResource(archiveType), archiveFieldsSchema);

function questions(name: string, spec: Wanted | undefined): Query[] {
  const folders = [name, ...foldersAbove(name)].map((arg) => ({ kind: "path", arg }));
  const known = spec === undefined || "hidden" in spec ? [] : [promise(spec)];
  const own = { kind: "archive", arg: name, extra: [recordOf(name), ...known] };
  if (spec === undefined || !("format" in spec)) return [...folders, own];
  const programs = UNPACKERS[formatOf(spec)].map(({ program }) => ({ kind: "unpacker", arg: program }));
  return [...folders, own, ...programs, { kind: "fetcher", arg: "main" }];
}

function parse(name: string, answers: Answers): Observed<ArchiveState> {
  const view = viewPath(answers.get(`path:${name}`));
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "file") return { kind: "unknown", why: "it is a file, and no folder takes its place" };
  const answer = answers.get(`archive:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  if (head !== "unpacked") return { kind: "present", state: { kind: "foreign" }, owners: [] };
  const { sha256 = "", strip = "0", owner = "", mode = "", clean } = fields;
  const state = { kind: "unpacked" as const, sha256, strip: Number(strip), owner, mode, isClean: clean !== "no" };
  return { kind: "present", state, owners: [] };
}
