import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../../model/answer.ts";
import { accountSchema } from "../../model/name.ts";
import type { Observed } from "../../model/resource.ts";
import { type UserSpec, userSchema } from "./schema.ts";

/** What is behind its login: a hash, `!` alone, `*`, or nothing at all. */
export type PasswordKind = "hash" | "none" | "star" | "empty";

export interface ShadowState {
  /** `*` where only apply can tell. */
  readonly password: PasswordKind | "*";
  readonly lock: "yes" | "no" | "*";
  /** `never`, or the day since 1970 from which it is closed. */
  readonly expires: string;
  /** Whether its hash is the one that is wanted; `unknown` when that is a secret without a value here. */
  readonly hash: "same" | "other" | "unknown" | undefined;
}

export interface HomeState {
  /** `none` where it is not there. */
  readonly mode: string;
  /** Whether the folder is the user's own. */
  readonly own: string;
  /** Whether it goes when the user goes. */
  readonly leaves: string;
}

export interface UserState {
  readonly uid: string;
  readonly gid: string;
  /** Name of its primary group. */
  readonly group: string;
  readonly home: string;
  readonly shell: string;
  readonly comment: string;
  /** Other groups, sorted. */
  readonly groups: readonly string[];
  /** Processes that run under it, where that was asked. */
  readonly busy?: string;
  readonly shadow?: ShadowState;
  readonly folder?: HomeState;
  readonly subids?: { readonly uids: string; readonly gids: string };
}

type Fields = Readonly<Record<string, string>>;

/** Reads what was asked about a user; what was not asked is left out. */
export function parseUser(name: string, answers: Answers): Observed<UserState> {
  const answer = answers.get(`user:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  if (head === "remote")
    return { kind: "unknown", why: "a directory service has it, not /etc/passwd: it cannot be changed here" };
  const [shadow, home, subids] = [
    shadowAnswer(name, answers),
    answers.get(`home:${name}`),
    answers.get(`subids:${name}`),
  ];
  const dark = [shadow?.answer, home, subids].find((one) => one !== undefined && isUnknown(one));
  if (dark !== undefined) return { kind: "unknown", why: unknownWhy(dark) };
  const busy = parseAnswer(answers.get(`user-busy:${name}`) ?? "idle");
  const state: UserState = {
    ...account(fields),
    ...(busy.head === "busy" ? { busy: unword(busy.fields["by"] ?? "") } : {}),
    ...(shadow === undefined ? {} : { shadow: shadowState(parseAnswer(shadow.answer).fields, shadow.isHidden) }),
    ...(home === undefined || !home.startsWith("home ") ? {} : { folder: homeState(parseAnswer(home).fields) }),
    ...(subids === undefined ? {} : { subids: subidsState(parseAnswer(subids).fields) }),
  };
  return { kind: "present", state, owners: [] };
}

/** The question with the most to say decides; one about a secret without a value says only that. */
function shadowAnswer(name: string, answers: Answers): { answer: string; isHidden: boolean } | undefined {
  const [exact, plain] = [answers.get(`shadow-is:${name}`), answers.get(`shadow:${name}`)];
  const isHidden = exact !== undefined && parseAnswer(exact).fields["why"] === "secret";
  const answer = exact === undefined || isHidden ? plain : exact;
  return answer === undefined || answer === "absent" ? undefined : { answer, isHidden };
}

function account(fields: Fields): Omit<UserState, "busy" | "shadow" | "folder" | "subids"> {
  const field = (key: string): string => unword(fields[key] ?? "");
  const groups = field("groups")
    .split(",")
    .filter((group) => group !== "");
  const [uid, gid, group, home, shell, comment] = ["uid", "gid", "group", "home", "shell", "comment"].map(field) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { uid, gid, group, home, shell, comment, groups };
}

function shadowState(fields: Fields, isHidden: boolean): ShadowState {
  const password = (["hash", "none", "star", "empty"] as const).find((kind) => kind === fields["password"]) ?? "*";
  const lock = (["yes", "no"] as const).find((word) => word === fields["lock"]) ?? "*";
  const hash = isHidden ? "unknown" : (["same", "other"] as const).find((word) => word === fields["hash"]);
  return { password, lock, expires: fields["expires"] ?? "*", hash };
}

function homeState(fields: Fields): HomeState {
  return { mode: fields["mode"] ?? "*", own: fields["own"] ?? "*", leaves: fields["leaves"] ?? "*" };
}

function subidsState(fields: Fields): { uids: string; gids: string } {
  return { uids: fields["uids"] ?? "*", gids: fields["gids"] ?? "*" };
}

/** Names and paths that the schema would refuse, as others may have made them, are left out. A hash cannot be told. */
export function specOf(state: UserState): UserSpec {
  const { uid, home, shell, comment } = userSchema.shape;
  const is = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean =>
    schema.safeParse(value).success;
  return {
    system: false,
    // One that no spec can name would be left.
    groupsExclusive: state.groups.every((group) => is(accountSchema, group)),
    ...(is(uid, Number(state.uid)) ? { uid: Number(state.uid) } : {}),
    ...(is(accountSchema, state.group) ? { group: state.group } : {}),
    ...(is(home, state.home) ? { home: state.home } : {}),
    ...(is(shell, state.shell) ? { shell: state.shell } : {}),
    ...(is(comment, state.comment) ? { comment: state.comment } : {}),
    groups: state.groups.filter((group) => is(accountSchema, group)),
    ...(state.shadow === undefined ? {} : shadowSpec(state.shadow)),
    ...(state.folder === undefined ? {} : folderSpec(state.folder)),
  };
}

function shadowSpec({ password, lock, expires }: ShadowState): Partial<UserSpec> {
  const day = /^\d+$/.test(expires) ? new Date(Number(expires) * 86_400_000).toISOString().slice(0, 10) : undefined;
  return {
    ...(password === "none" || password === "star" ? { password: "locked" as const } : {}),
    ...(password === "empty" ? { password: "none" as const } : {}),
    ...(password === "hash" && lock !== "*" ? { locked: lock === "yes" } : {}),
    ...(expires === "never" ? { expires: "never" as const } : {}),
    ...(day === undefined ? {} : { expires: day }),
  };
}

function folderSpec({ mode, leaves }: HomeState): Partial<UserSpec> {
  return {
    ...(/^[0-7]{3,4}$/.test(mode) ? { homeMode: mode.padStart(4, "0") } : {}),
    ...(leaves === "*" ? {} : { removeHome: leaves === "yes" }),
  };
}
