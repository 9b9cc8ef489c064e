import { z } from "zod";
import { GID, GROUP, GROUP_PRIMARY, USER } from "../model/account/ask.ts";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import { accountSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { planGroup, planGroupRemoval } from "./group/plan.ts";

export const groupSchema = z.strictObject({
  gid: z.int().min(1).max(4_294_967_294).optional().describe("Number; default the next free one."),
  system: z.boolean().default(false).describe("Made with a number of the system's range."),
  members: z
    .array(accountSchema)
    .optional()
    .describe("Users that are in it; others stay in it, too. Say it here or in the user's `groups`, not in both."),
});

export type GroupInput = z.input<typeof groupSchema>;
export type GroupSpec = z.output<typeof groupSchema>;

export interface GroupState {
  readonly gid: string;
}

/**
 * A group of users. One that is there is used, and only what is declared of it is set. When it leaves the file, a group
 * that we made goes, unless it is still somebody's primary group.
 */
export const groupType: ResourceType<GroupSpec, GroupState> = {
  type: "group",
  title: "A group of users.",
  schema: groupSchema,
  sharing: "shared",
  brief: true,
  askers: { group: GROUP, gid: GID, user: USER, "group-primary": GROUP_PRIMARY },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("group", accountSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planGroupRemoval(name, observed, context.answers)
      : planGroup(name, spec, observed, context.answers),
  spec: (_name, { gid }) => ({
    system: false,
    ...(groupSchema.shape.gid.safeParse(Number(gid)).success ? { gid: Number(gid) } : {}),
  }),
  outputs: (_name, { gid }) => ({ gid }),
  after: (_name, { members = [] }) => members.map((member) => `user:${member}`),
};

export default defineResource(groupType);

function questions(name: string, spec: GroupSpec | undefined): Query[] {
  if (spec === undefined) return ["group", "group-primary"].map((kind) => ({ kind, arg: name }));
  const { gid, members = [] } = spec;
  return [
    { kind: "group", arg: name },
    ...(gid === undefined ? [] : [{ kind: "gid", arg: String(gid) }]),
    ...members.map((arg) => ({ kind: "user", arg })),
  ];
}

function parse(name: string, answers: Answers): Observed<GroupState> {
  const answer = answers.get(`group:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  if (head === "remote")
    return { kind: "unknown", why: "a directory service has it, not /etc/group: it cannot be changed here" };
  return { kind: "present", state: { gid: fields["gid"] ?? "" }, owners: [] };
}
