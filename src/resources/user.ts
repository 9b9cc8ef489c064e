import { GROUP, UID, USER, USER_BUSY } from "../model/account/ask.ts";
import { HOME } from "../model/account/home.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { accountSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type ResourceType } from "../model/resource.ts";
import { secretsIn } from "../model/secret.ts";
import { SHADOW, SHADOW_IS, SUBIDS } from "./user/ask.ts";
import { asksHome } from "./user/home.ts";
import { planUser } from "./user/plan.ts";
import { planRemoval } from "./user/remove.ts";
import { type UserSpec, userSchema } from "./user/schema.ts";
import { asksShadow } from "./user/shadow.ts";
import { hashOf } from "./user/shadow-steps.ts";
import { parseUser, specOf, type UserState } from "./user/state.ts";

export type { UserInput, UserSpec } from "./user/schema.ts";

/**
 * A login or a system user. One that is there is used, and only what is declared of it is set. When it leaves the file, a
 * user that we made goes; its home stays unless `removeHome` was said. While something runs under it, it is not removed.
 */
export const userType: ResourceType<UserSpec, UserState> = {
  type: "user",
  title: "A user with its home, shell, groups, password and expiry.",
  schema: userSchema,
  sharing: "shared",
  brief: true,
  askers: {
    ...{ user: USER, group: GROUP, uid: UID, "user-busy": USER_BUSY },
    ...{ shadow: SHADOW, "shadow-is": SHADOW_IS, home: HOME, subids: SUBIDS },
  },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("user", accountSchema, name), spec)),
  parse: parseUser,
  plan: (name, spec, observed, context) =>
    spec === undefined
      ? planRemoval(name, observed, context)
      : planUser(name, spec, observed.kind === "present" ? observed.state : undefined, context),
  spec: (_name, state) => specOf(state),
  outputs: (_name, { uid, home, group }) => ({ uid, home, group }),
  guards: (name, { answers }) => (answers.get("fact:login") === name ? "the user you come in as" : undefined),
  leavesAfter: ["service", "unit", "timer"],
  after: (name, { home, group, groups = [] }) => [
    ...(home === undefined ? [] : foldersAbove(home).map((folder) => `directory:${folder}`)),
    ...[...new Set([group ?? name, ...groups])].map((one) => `group:${one}`),
    // A group that is not there yet can only come with a package.
    ...(groups.length === 0 && (group ?? name) === name ? [] : ["package:*"]),
  ],
};

export default defineResource(userType);

function questions(name: string, spec: UserSpec | undefined): Query[] {
  const ask = (kind: string, ...args: string[]): Query[] => args.map((arg) => ({ kind, arg }));
  if (spec === undefined) return ["user", "user-busy", "home"].map((kind) => ({ kind, arg: name }));
  const { uid, home, group, groups = [], subids } = spec;
  const hash = hashOf(spec);
  return [
    ...ask("user", name),
    ...ask("group", ...new Set([name, ...(group === undefined ? [] : [group]), ...groups])),
    ...(uid === undefined ? [] : ask("uid", String(uid))),
    ...(uid === undefined && home === undefined ? [] : ask("user-busy", name)),
    ...(hash === undefined ? [] : [{ kind: "shadow-is", arg: name, extra: [hash] }]),
    ...(asksShadow(spec) && (hash === undefined || secretsIn(hash).size > 0) ? ask("shadow", name) : []),
    ...(asksHome(spec) ? ask("home", name) : []),
    ...(subids === undefined ? [] : ask("subids", name)),
  ];
}
