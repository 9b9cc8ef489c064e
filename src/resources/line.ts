import { z } from "zod";
import { ANY, type Answer, type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { ENTRY, PATH } from "../model/ask/path.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { digestOf } from "../model/edit/digest.ts";
import { editNameSchema, fileOf, regexpSchema } from "../model/edit/schema.ts";
import { targetQueries, wrongTarget } from "../model/edit/target.ts";
import { textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType, withFields } from "../model/resource.ts";
import { maskText } from "../model/secret.ts";
import { LINE, LINE_PUT } from "./line/ask.ts";
import { fileOfChange, mergeLines } from "./line/batch.ts";
import { planLine, planLineRemoval } from "./line/plan.ts";
import { recordOf } from "./line/record.ts";
import { type Placement, wantedDigest, wordsOf } from "./line/steps.ts";

export const lineFieldsSchema = z
  .strictObject({
    line: textSchema
      .refine((text) => !/[\r\n]/.test(maskText(text)), "a line has no line break in it")
      .refine((text) => maskText(text) !== "", "an empty line cannot be told from others")
      .optional()
      .describe(
        "The line, without its end; may hold `secret(...)`. May be left out with `present: false` and `match`.",
      ),
    match: regexpSchema
      .optional()
      .describe(
        "Extended regular expression of the line that it replaces, such as `^#?Port `. It has to match `line` itself.",
      ),
    after: regexpSchema.optional().describe("A new line goes after the last line that this matches; else to the end."),
    before: regexpSchema
      .optional()
      .describe("A new line goes before the first line that this matches, when `after` matches none; else to the end."),
    every: z
      .boolean()
      .default(false)
      .describe("Several lines match: the first becomes the line and the others go. Without it they are refused."),
    present: z.boolean().default(true).describe("`false` takes out the line, or all that `match` matches."),
    create: z
      .boolean()
      .default(false)
      .describe("Make the file, root's and 0644, when it is not there; 0600 where `line` holds a secret."),
    check: z
      .array(z.string())
      .min(1)
      .refine((argv) => argv.includes("{}"), "expected `{}` among its words, where the file to check stands")
      .optional()
      .describe('A program that has to accept the whole file before it takes its place: `["sshd", "-tf", "{}"]`.'),
  })
  .refine(({ line, present, match }) => line !== undefined || (!present && match !== undefined), {
    path: ["line"],
    message: "expected a line; only with `present: false` may `match` stand alone",
  });

export type LineInput = z.input<typeof lineFieldsSchema>;
export type LineSpec = z.output<typeof lineFieldsSchema>;

/** What `spec()` gives where the text is not told, because not everybody may read the file. */
const hiddenSchema = z.strictObject({ hidden: z.literal(true) });
export type Wanted = LineSpec | z.output<typeof hiddenSchema>;

export type LineState =
  | { readonly kind: "same"; readonly digest: string | undefined }
  /** A secret of it has no value here. */
  | { readonly kind: "secret" }
  /** What a run put, where it may be told, and how it found its place. */
  | { readonly kind: "put"; readonly text: string | undefined; readonly placed: Placement }
  /** A run put one, and it is not there any more. */
  | { readonly kind: "gone" };

/**
 * One line in a file that others own. All else in the file stays as it is, its mode, owner and line ends too; the file is
 * replaced as a whole, and an edit of somebody else in the meantime is not lost. When it leaves the stack file, the line
 * that was put goes, and what it replaced comes back where everybody may read the file.
 */
export const lineType: ResourceType<Wanted, LineState> = {
  type: "line",
  title: "A line in a file that others own.",
  schema: z.union([lineFieldsSchema, hiddenSchema]),
  sharing: "shared",
  brief: true,
  askers: { path: PATH, entry: ENTRY, line: LINE, "line-put": LINE_PUT },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("line", editNameSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planLineRemoval(name, observed, context.answers)
      : planLine(name, spec, observed, context.answers),
  spec: (_name, state) =>
    state.kind === "put" && state.text !== undefined
      ? { line: state.text, every: false, present: true, create: false, ...placedBy(state.placed) }
      : { hidden: true },
  outputs: (name, state) => ({ path: fileOf(name), sha256: digestIn(state) }),
  batch: mergeLines,
  batchOf: fileOfChange,
  after: (name) => {
    const path = fileOf(name);
    return [`file:${path}`, `link:${path}`, ...foldersAbove(path).map((folder) => `directory:${folder}`)];
  },
};

export default withFields(defineResource(lineType), lineFieldsSchema);

function questions(name: string, spec: Wanted | undefined): Query[] {
  const path = fileOf(name);
  const record = recordOf(name);
  if (spec === undefined || "hidden" in spec) {
    return [...targetQueries(path), { kind: "line-put", arg: name, extra: [path, record] }];
  }
  const { line = "" } = spec;
  // Beside a secret, what stands in its place is likely an older one: it is not told.
  const digest = wantedDigest(spec);
  const extra = [path, ...wordsOf(spec), record, line, digest ?? "1"];
  return [
    ...targetQueries(path),
    { kind: "line", arg: name, extra, ...(digest === undefined ? {} : { together: path }) },
  ];
}

/** Known after apply where it is not there as wanted, or its secret is not known here. */
function digestIn(state: LineState): string {
  return state.kind === "same" ? (state.digest ?? ANY) : ANY;
}

function parse(name: string, answers: Answers): Observed<LineState> {
  const why = wrongTarget(fileOf(name), answers);
  if (why !== undefined) return { kind: "unknown", why };
  const answer =
    answers.get(`line:${name}`) ?? answers.get(`line-put:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (answer === "unknown why=secret") return present({ kind: "secret" });
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const state = stateOf(answer);
  return state === undefined ? { kind: "absent" } : present(state);
}

function placedBy({ secret: _, ...placed }: Placement): Omit<Placement, "secret"> {
  return placed;
}

function present(state: LineState): Observed<LineState> {
  return { kind: "present", state, owners: [] };
}

function stateOf(answer: Answer): LineState | undefined {
  const { head, fields } = parseAnswer(answer);
  if (head === "same") return { kind: head, digest: digestOf(answer) };
  if (head === "gone") return { kind: head };
  if (head !== "put" && head !== "ours") return undefined;
  const { has, placed } = fields;
  // Our own note, encoded as JSON by the step that made it.
  const placement = placed === undefined || placed === "" ? {} : (JSON.parse(unword(placed)) as Placement);
  return { kind: "put", text: has === undefined ? undefined : unword(has), placed: placement };
}
