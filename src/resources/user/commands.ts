import { ABSENT, ANY, type Answers } from "../../model/answer.ts";
import type { Diff } from "../../model/change.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import { hasHome } from "./home.ts";
import type { UserSpec } from "./schema.ts";

export const FIELDS = ["uid", "group", "home", "shell", "comment"] as const;
export type Field = (typeof FIELDS)[number];

/** useradd's exit code when a package has made the user in the meantime. */
export const NAME_TAKEN = 9;

export function addStep(name: string, spec: UserSpec, answers: Answers): ExecStep {
  const groups = groupsOf(name, spec);
  // A group of the user's name that is there already becomes its primary one.
  const own = (answers.get(`group:${name}`) ?? ABSENT) === ABSENT ? ["--user-group"] : ["--gid", name];
  const subids =
    spec.subids === undefined ? [] : ["SUB_UID_COUNT", "SUB_GID_COUNT"].map((key) => `${key}=${spec.subids}`);
  const argv = [
    "useradd",
    ...(spec.system ? ["--system"] : []),
    ...(spec.group === undefined ? own : []),
    hasHome(spec) ? "--create-home" : "--no-create-home",
    ...flags(spec),
    ...subids.flatMap((pair) => ["--key", pair]),
    ...(groups.length === 0 ? [] : ["--groups", groups.join(",")]),
    "--",
    name,
  ];
  return { kind: "exec", argv, within: 60 };
}

function flags(spec: Partial<Record<Field, string | number | undefined>>): string[] {
  const named = { uid: "--uid", group: "--gid", home: "--home-dir", shell: "--shell", comment: "--comment" } as const;
  return FIELDS.flatMap((field) => (spec[field] === undefined ? [] : [named[field], String(spec[field])]));
}

interface Joining {
  readonly groups: readonly string[];
  /** These and no others. */
  readonly exactly?: boolean | undefined;
}

export function modifySteps(
  name: string,
  spec: Partial<Record<Field, string | number | undefined>>,
  joining?: Joining,
): Step[] {
  // usermod calls the home folder's flag otherwise than useradd does.
  const changed = flags(spec).map((flag) => (flag === "--home-dir" ? "--home" : flag));
  const { groups = [], exactly = false } = joining ?? {};
  const joins = exactly
    ? ["--groups", groups.join(",")]
    : groups.length === 0
      ? []
      : ["--append", "--groups", groups.join(",")];
  return changed.length + joins.length === 0
    ? []
    : [{ kind: "exec", argv: ["usermod", ...changed, ...joins, "--", name], within: 60 }];
}

/** As it was, also its groups; what only apply can tell cannot be put back. */
export function undoSteps(name: string, fields: readonly Diff[], groups: readonly string[] | undefined): Step[] {
  const before = fields.filter(({ from }) => from !== ANY).map(({ path, from }) => [path, from]);
  const exact = groups === undefined || groups.includes(ANY) ? undefined : { groups, exactly: true };
  return modifySteps(name, Object.fromEntries(before), exact);
}

/** The groups that are declared besides its primary one. */
export function groupsOf(name: string, spec: UserSpec): string[] {
  return [...new Set(spec.groups ?? [])].filter((group) => group !== (spec.group ?? name)).sort();
}
