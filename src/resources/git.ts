import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { PATH } from "../model/ask/path.ts";
import { foldersAbove, isNumeric, viewPath } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, ownerSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType, withFields } from "../model/resource.ts";
import { GIT } from "./git/ask.ts";
import { planGit, planGitRemoval } from "./git/plan.ts";

const refSchema = lineSchema
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._/+-]*$/, "expected a name of letters, digits and `._/+-`")
  .refine((ref) => !/\.\.|\/\/|\/$|\.$|\.lock$|\/\./.test(ref), "git takes no such name");

export const gitFieldsSchema = z
  .strictObject({
    url: lineSchema
      .regex(
        /^(https?:\/\/|ssh:\/\/|git:\/\/|file:\/\/\/|\/|[\w.-]+@[\w.-]+:)\S+$/,
        "expected a URL, `user@host:path`, or an absolute path",
      )
      .describe(
        "Where it comes from. No password belongs in it: it is kept in the checkout's configuration, and shown.",
      ),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, "expected all 40 (or 64) hex digits of a commit")
      .optional()
      .describe("The commit to be at. Nothing is asked of the remote while the checkout is there."),
    tag: refSchema
      .optional()
      .describe("The tag to be at, as the checkout knows it: one that the remote moves is not followed."),
    branch: refSchema.optional().describe("The branch to be on. It stays where it is, unless `update` is said."),
    update: z
      .boolean()
      .default(false)
      .describe(
        "The branch follows its remote, also where that was rewritten. Every plan then asks the remote, for up to 10 s.",
      ),
    force: z.boolean().default(false).describe("What was changed by hand in it is lost; without this it is refused."),
    submodules: z.boolean().default(false).describe("Check its submodules out as well."),
    depth: z.int().min(1).optional().describe("Fetch only so many commits of history; default all."),
    owner: ownerSchema
      .default("root:root")
      .describe("Who has it, and as whom git runs: `user` or `user:group`; set when it is made."),
    within: z.int().min(1).max(86_400).default(600).describe("Seconds that fetching may take; default 600."),
  })
  .refine(({ commit, tag, branch }) => [commit, tag, branch].filter((one) => one !== undefined).length === 1, {
    path: ["branch"],
    message: "expected one of `commit`, `tag` and `branch`",
  })
  .refine(({ update, branch }) => !update || branch !== undefined, {
    path: ["update"],
    message: "only a branch can follow its remote",
  });

export type GitInput = z.input<typeof gitFieldsSchema>;
export type GitSpec = z.output<typeof gitFieldsSchema>;

/** What `spec()` gives of what is no checkout. */
const hiddenSchema = z.strictObject({ hidden: z.literal(true) });
export type Wanted = GitSpec | z.output<typeof hiddenSchema>;

export type GitState =
  | { readonly kind: "foreign" }
  | {
      readonly kind: "git";
      readonly url: string;
      readonly owner: string;
      readonly head: string;
      /** The branch that it is on, or `-`. */
      readonly on: string;
      /** The commit that is wanted, as far as it is known here. */
      readonly want: string;
      readonly isAt: boolean;
      readonly isDirty: boolean;
    };

/**
 * A checkout of a git repository. A commit or a tag is compared on the machine alone; a branch is only moved with
 * `update`. git runs as the checkout's owner. Keys of hosts that nobody knows yet are taken as they come; what the owner
 * needs to get in (a key, a credential helper) has to be there.
 */
export const gitType: ResourceType<Wanted, GitState> = {
  type: "git",
  title: "A checkout of a git repository.",
  schema: z.union([gitFieldsSchema, hiddenSchema]),
  sharing: "exclusive",
  bulky: true,
  askers: { path: PATH, git: GIT },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("git", pathSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planGitRemoval(name, observed, context.answers)
      : planGit(name, spec, observed, context.answers),
  spec: (_name, state) => specOf(state),
  outputs: (name, state) => ({ path: name, ...(state.kind === "git" ? { commit: state.head } : {}) }),
  after: (name, spec) => [
    ...foldersAbove(name).map((folder) => `directory:${folder}`),
    ...("hidden" in spec ? [] : ["package:*", ...(isNumeric(spec.owner) ? [] : [`user:${spec.owner.split(":")[0]}`])]),
  ],
};

export default withFields(defineResource(gitType), gitFieldsSchema);

/** What is wanted of the three. */
export function wantOf({ commit, tag, branch }: GitSpec): { kind: "commit" | "tag" | "branch"; ref: string } {
  if (commit !== undefined) return { kind: "commit", ref: commit };
  return tag === undefined ? { kind: "branch", ref: branch ?? "" } : { kind: "tag", ref: tag };
}

function questions(name: string, spec: Wanted | undefined): Query[] {
  const folders = [name, ...foldersAbove(name)].map((arg) => ({ kind: "path", arg }));
  if (spec === undefined || "hidden" in spec) return [...folders, { kind: "git", arg: name, extra: [] }];
  const { kind, ref } = wantOf(spec);
  return [...folders, { kind: "git", arg: name, extra: [kind, ref, spec.update ? "1" : "0"] }];
}

function parse(name: string, answers: Answers): Observed<GitState> {
  const view = viewPath(answers.get(`path:${name}`));
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "file") return { kind: "unknown", why: "it is a file, and no folder takes its place" };
  const answer = answers.get(`git:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent" || head === "nogit") return { kind: "absent" };
  if (head !== "git") return { kind: "present", state: { kind: "foreign" }, owners: [] };
  const field = (key: string): string => unword(fields[key] ?? "");
  const [url, owner, at, on, want] = ["url", "owner", "head", "on", "want"].map(field) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    kind: "present",
    state: {
      kind: "git",
      url,
      owner,
      head: at,
      on,
      want,
      isAt: fields["at"] === "yes",
      isDirty: fields["dirty"] === "yes",
    },
    owners: [],
  };
}

/** Where it is is said by its commit, or by its branch, which then stays where it is. */
function specOf(state: GitState): Wanted {
  if (state.kind === "foreign") return { hidden: true };
  const { url, owner, head, on } = state;
  const wanted = gitFieldsSchema.safeParse({ url, owner, ...(on === "-" ? { commit: head } : { branch: on }) });
  return wanted.success ? wanted.data : { hidden: true };
}
