import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { accountSchema, lineSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { GROUP, USER, USER_BUSY } from "./user/ask.ts";
import { planRemoval, planUser } from "./user/plan.ts";

export const userSchema = z.strictObject({
  uid: z.int().min(1).max(4_294_967_294).optional().describe("Number; default the next free one."),
  home: pathSchema
    .refine((path) => !path.includes(":"), "a colon cannot be in a home's path")
    .optional()
    .describe("Home folder; default `/home/<name>`. Made with the user, not moved later."),
  shell: pathSchema.optional().describe("Login shell; default the system's, and none for a `system` user."),
  groups: z.array(accountSchema).optional().describe("Groups it is in as well; it stays in others that it is in."),
  system: z.boolean().default(false).describe("Made with a number of the system's range, and without a home folder."),
  comment: lineSchema
    .refine((text) => !text.includes(":"), "a colon cannot be in a comment")
    .optional()
    .describe("Its full name or purpose."),
});

export type UserInput = z.input<typeof userSchema>;
export type UserSpec = z.output<typeof userSchema>;

export interface UserState {
  readonly uid: string;
  /** Name of its primary group. */
  readonly group: string;
  readonly home: string;
  readonly shell: string;
  readonly comment: string;
  /** Other groups, sorted. */
  readonly groups: readonly string[];
}

/**
 * A login or a system user. One that is there is used, and only what is declared of it is set. When it leaves the file, a
 * user that we made goes, and its home stays; while something runs under it, it is not removed.
 */
export const userType: ResourceType<UserSpec, UserState> = {
  type: "user",
  title: "A user with its home, shell and groups.",
  schema: userSchema,
  sharing: "shared",
  askers: { user: USER, group: GROUP, "user-busy": USER_BUSY },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("user", accountSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context.answers) : planUser(name, spec, observed, context.answers),
  spec: (_name, state) => specOf(state),
  outputs: (_name, { uid, home, group }) => ({ uid, home, group }),
  after: (_name, { home, groups = [] }) => [
    ...(home === undefined ? [] : foldersAbove(home).map((folder) => `directory:${folder}`)),
    // A group that is not there yet can only come with a package.
    ...(groups.length === 0 ? [] : ["package:*"]),
  ],
};

export default defineResource(userType);

function questions(name: string, spec: UserSpec | undefined): Query[] {
  if (spec === undefined) return ["user", "user-busy"].map((kind) => ({ kind, arg: name }));
  const groups = [name, ...(spec.groups ?? [])].map((arg) => ({ kind: "group", arg }));
  return [{ kind: "user", arg: name }, ...groups];
}

function parse(name: string, answers: Answers): Observed<UserState> {
  const answer = answers.get(`user:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  if (head === "remote")
    return { kind: "unknown", why: "a directory service has it, not /etc/passwd: it cannot be changed here" };
  const busy = parseAnswer(answers.get(`user-busy:${name}`) ?? "idle");
  if (busy.head === "busy")
    return {
      kind: "unknown",
      why: `it is in use by ${unword(busy.fields["by"] ?? "")}: end that before it is removed`,
    };
  const field = (key: string): string => unword(fields[key] ?? "");
  const groups = field("groups")
    .split(",")
    .filter((group) => group !== "");
  const [uid, group, home, shell, comment] = ["uid", "group", "home", "shell", "comment"].map(field) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { kind: "present", state: { uid, group, home, shell, comment, groups }, owners: [] };
}

/** Names and paths that the schema would refuse, as others may have made them, are left out. */
function specOf(state: UserState): UserSpec {
  const { uid, home, shell, comment } = userSchema.shape;
  const is = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;
  return {
    system: false,
    ...(is(uid, Number(state.uid)) ? { uid: Number(state.uid) } : {}),
    ...(is(home, state.home) ? { home: state.home } : {}),
    ...(is(shell, state.shell) ? { shell: state.shell } : {}),
    ...(is(comment, state.comment) ? { comment: state.comment } : {}),
    groups: state.groups.filter((group) => is(accountSchema, group)),
  };
}
