import { z } from "zod";
import { sha256 } from "../lib/digest.ts";
import { type Answers, parseAnswer, unword } from "../model/answer.ts";
import { ENTRY, PATH } from "../model/ask/path.ts";
import { foldersAbove, isNumeric, ownerOf, viewPath } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { type LinkState, planLink, planLinkRemoval, targetOf } from "../model/link/plan.ts";
import { lineSchema, ownerSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";

export const linkSchema = z.strictObject({
  to: lineSchema
    .min(1, "a link has to lead somewhere")
    .max(4095, "a link's target has at most 4095 bytes")
    .refine((to) => !/[^\S ]/u.test(to), "of white space only spaces are allowed in it")
    .describe("Where it leads: an absolute path, or one that begins at the link's own folder. Nothing need be there."),
  owner: ownerSchema
    .refine((owner) => /^(\d+:\d+|[a-z_][^:]*:[a-z_].*)$/.test(owner), "expected two names or two numbers")
    .default("root:root")
    .describe("Whose the link itself is: `user` or `user:group`, or two numbers; default `root:root`."),
});

export type LinkInput = z.input<typeof linkSchema>;
export type LinkSpec = z.output<typeof linkSchema>;

/**
 * A symbolic link. A new one is made beside it and renamed over it, so that at no moment nothing is there. A file or a
 * folder in its place is refused. Nothing is said or done about what it leads to.
 */
export const linkType: ResourceType<LinkSpec, LinkState> = {
  type: "link",
  title: "A symbolic link.",
  schema: linkSchema,
  sharing: "exclusive",
  brief: true,
  askers: { path: PATH, entry: ENTRY },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("link", pathSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planLinkRemoval(name, observed, context.answers)
      : planLink(`link:${name}`, name, spec, observed, context.answers),
  spec: (_name, state) => ({ to: state.to, owner: ownerOf(state) }),
  path: (name) => name,
  outputs: (name, { to }) => ({ path: name, to, sha256: sha256(to) }),
  after: (name, { to, owner }) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...whatItLeadsTo(name, to),
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`]),
  ],
};

export default defineResource(linkType);

function questions(name: string, spec: LinkSpec | undefined): Query[] {
  const path = { kind: "path", arg: name };
  if (spec === undefined) return [path];
  const folders = foldersAbove(name).map((arg) => ({ kind: "path", arg }));
  return [path, ...folders, { kind: "entry", arg: targetOf(name, spec.to) }];
}

function parse(name: string, answers: Answers): Observed<LinkState> {
  const answer = answers.get(`path:${name}`);
  const { head, fields } = parseAnswer(answer ?? "");
  if (head === "link") {
    const { owner = "root:root", ids = "0:0" } = fields;
    return { kind: "present", state: { to: unword(fields["to"] ?? ""), owner, ids }, owners: [] };
  }
  const view = viewPath(answer);
  if (view.kind === "absent") return view;
  return {
    kind: "unknown",
    why: view.kind === "other" ? view.why : `it is a ${word(view.kind)}, and no link takes its place`,
  };
}

function word(kind: "file" | "directory"): string {
  return kind === "file" ? "file" : "folder";
}

/** What is to be there before the link that leads to it; unless it lies behind the link itself. */
function whatItLeadsTo(name: string, to: string): string[] {
  const target = targetOf(name, to);
  if (`${target}/`.startsWith(`${name}/`) || `${name}/`.startsWith(`${target}/`)) return [];
  return ["file", "directory", "link"].map((type) => `${type}:${target}`);
}
