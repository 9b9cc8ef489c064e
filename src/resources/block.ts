import { z } from "zod";
import { ANY, type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { ENTRY, PATH } from "../model/ask/path.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { digestOf, plainDigest } from "../model/edit/digest.ts";
import { editNameSchema, fileOf, labelOf, regexpSchema } from "../model/edit/schema.ts";
import { targetQueries, wrongTarget } from "../model/edit/target.ts";
import { lineSchema, textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType, withFields } from "../model/resource.ts";
import { maskText } from "../model/secret.ts";
import { BLOCK } from "./block/ask.ts";
import { planBlock, planBlockRemoval } from "./block/plan.ts";

export const blockFieldsSchema = z.strictObject({
  content: textSchema
    .refine(
      (text) => !maskText(text).includes("\r"),
      "its lines end as those of the file do: leave carriage returns out",
    )
    .refine((text) => !/(BEGIN|END) drover:/.test(maskText(text)), "it must not hold marks of blocks")
    .describe("The lines between the marks; may hold `secret(...)`."),
  comment: lineSchema
    .regex(
      /^\S[^.]*(\.\.\.\s*\S+)?$/,
      'expected what begins a comment, such as "#", or both ends, such as "<!-- ... -->"',
    )
    .default("#")
    .describe("What begins a comment in that file, such as `;`, or both ends, as in `<!-- ... -->`; default `#`."),
  after: regexpSchema.optional().describe("A new block goes after the last line that this matches; else to the end."),
  before: regexpSchema
    .optional()
    .describe("A new block goes before the first line that this matches, when `after` matches none; else to the end."),
  create: z
    .boolean()
    .default(false)
    .describe("Make the file, root's and 0644, when it is not there; 0600 where `content` holds a secret."),
  check: z
    .array(lineSchema)
    .min(1)
    .refine((argv) => argv.includes("{}"), "expected `{}` among its words, where the file to check stands")
    .optional()
    .describe('A program that has to accept the whole file before it takes its place: `["sshd", "-tf", "{}"]`.'),
});

export type BlockInput = z.input<typeof blockFieldsSchema>;
export type BlockSpec = z.output<typeof blockFieldsSchema>;

/** What `spec()` gives where the content is not told, because not everybody may read the file. */
const hiddenSchema = z.strictObject({ hidden: z.literal(true) });
export type Wanted = BlockSpec | z.output<typeof hiddenSchema>;

export type BlockState =
  | { readonly kind: "same"; readonly digest: string | undefined }
  /** A secret of it has no value here. */
  | { readonly kind: "secret" }
  /** Another content, where it may be told. */
  | { readonly kind: "other"; readonly text: string | undefined };

/**
 * Lines of our own in a file that others own, between marks with the block's label. All else in the file stays as it
 * is, its mode, owner and line ends too; the file is replaced as a whole. With the block its marks go.
 */
export const blockType: ResourceType<Wanted, BlockState> = {
  type: "block",
  title: "Marked lines in a file that others own.",
  schema: z.union([blockFieldsSchema, hiddenSchema]),
  sharing: "exclusive",
  brief: true,
  askers: { path: PATH, entry: ENTRY, block: BLOCK },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("block", editNameSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planBlockRemoval(name, observed, context.answers)
      : planBlock(name, spec, observed, context.answers),
  spec: (_name, state) =>
    state.kind === "other" && state.text !== undefined
      ? { content: state.text === "" ? "" : `${state.text}\n`, comment: "#", create: false }
      : { hidden: true },
  outputs: (name, state) => ({ path: fileOf(name), sha256: digestIn(state) }),
  after: (name) => {
    const path = fileOf(name);
    return [`file:${path}`, `link:${path}`, ...foldersAbove(path).map((folder) => `directory:${folder}`)];
  },
};

export default withFields(defineResource(blockType), blockFieldsSchema);

function questions(name: string, spec: Wanted | undefined): Query[] {
  const path = fileOf(name);
  // Beside a secret, what stands in its place is likely an older one: it is not told.
  const content = spec === undefined || "hidden" in spec ? [] : [spec.content, plainDigest(spec.content) ?? "1"];
  return [...targetQueries(path), { kind: "block", arg: name, extra: [path, labelOf(name), ...content] }];
}

/** Known after apply where it is not there as wanted, or its secret is not known here. */
function digestIn(state: BlockState): string {
  return state.kind === "same" ? (state.digest ?? ANY) : ANY;
}

function parse(name: string, answers: Answers): Observed<BlockState> {
  const why = wrongTarget(fileOf(name), answers);
  if (why !== undefined) return { kind: "unknown", why };
  const answer = answers.get(`block:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (answer === "unknown why=secret") return present({ kind: "secret" });
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "same") return present({ kind: "same", digest: digestOf(answer) });
  if (head !== "other" && head !== "torn") return { kind: "absent" };
  const { has } = fields;
  return present({ kind: "other", text: has === undefined ? undefined : unword(has) });
}

function present(state: BlockState): Observed<BlockState> {
  return { kind: "present", state, owners: [] };
}
