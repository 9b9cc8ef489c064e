import { z } from "zod";
import type { Answers } from "../model/answer.ts";
import { ENTRIES } from "../model/ask/entries.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { targetOf } from "../model/link/plan.ts";
import { pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type ResourceType, withFields } from "../model/resource.ts";
import { FILE_ASKERS } from "../model/whole-file/state.ts";
import { TREE } from "./absent/ask.ts";
import { backSchema, backTo, planBack } from "./absent/back.ts";
import { planAbsence } from "./absent/plan.ts";
import { type AbsentState, observe } from "./absent/state.ts";

export const absentFieldsSchema = z.strictObject({
  tree: z
    .boolean()
    .default(false)
    .describe(
      "A folder goes with all that is in it, with the consent that loss of data needs. Default false: only an empty one goes.",
    ),
});

export type AbsentInput = z.input<typeof absentFieldsSchema>;
export type AbsentSpec = z.output<typeof absentFieldsSchema>;

type Wanted = AbsentSpec | z.output<typeof backSchema>;

const nameSchema = pathSchema.refine((path) => path !== "/", "the root folder has to be there");

/**
 * A path at which nothing is to be, such as a default that a package brings. What is declared of it and leaves the file in the
 * same run goes by itself first. An undo brings a link, an empty folder, and a file that everybody may read back.
 */
export const absentType: ResourceType<Wanted, AbsentState> = {
  type: "absent",
  title: "A path at which nothing is to be.",
  schema: z.union([absentFieldsSchema, backSchema]),
  sharing: "shared",
  brief: true,
  askers: { ...FILE_ASKERS, entries: ENTRIES, tree: TREE },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("absent", nameSchema, name), spec)),
  parse: (name, answers: Answers) => observe(name, answers),
  plan(name, spec, observed, context) {
    // That nothing was to be there says nothing of what is to be there from now on.
    if (spec === undefined) return noop();
    return "back" in spec
      ? planBack(name, spec.back, observed, context)
      : planAbsence(name, spec, observed, context.answers);
  },
  spec: (_name, state) => ({ back: backTo(state) }),
  // Packages bring what is to go; a folder above may be closed first.
  after: (name) => ["package:*", ...foldersAbove(name).map((folder) => `directory:${folder}`)],
  follows: {
    // Whose removal knows what it holds, a secret or nothing, sees to it before.
    wants: (name) => OTHERS.flatMap((type) => [`${type}:${name}`, `${type}:${name}/*`]),
    into: (spec) => spec,
  },
};

/** The types whose names are paths. */
const OTHERS = ["file", "link", "directory", "download", "archive", "git"];

export default withFields(defineResource(absentType), absentFieldsSchema);

function questions(name: string, spec: Wanted | undefined): Query[] {
  const ask = (kind: string, arg = name): Query => ({ kind, arg });
  const always = [ask("path"), ask("entry"), ...foldersAbove(name).map((arg) => ask("path", arg))];
  if (spec === undefined) return always;
  if (!("back" in spec)) return [...always, ask("entries"), ...(spec.tree ? [ask("tree")] : [])];
  const { back } = spec;
  if (back.kind === "link") return [...always, ask("entry", targetOf(name, back.to))];
  if (back.kind === "folder") return [...always, ask("tree")];
  return [...always, ...(back.sha256 === undefined ? [] : [ask("blob", back.sha256)])];
}
