import { ABSENT, ANY, type Answers, word } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { UserSpec, UserState } from "../user.ts";

const NOLOGIN = "/usr/sbin/nologin";

export function planUser(name: string, spec: UserSpec, observed: Observed<UserState>, answers: Answers): Planned {
  return observed.kind === "present"
    ? planUpdate(name, spec, observed.state, answers)
    : planCreation(name, spec, answers);
}

function planCreation(name: string, declared: UserSpec, answers: Answers): Planned {
  const spec = declared.system ? { ...declared, shell: declared.shell ?? NOLOGIN } : declared;
  const key = `user:${name}`;
  const mayBeThere = isBringing(answers);
  const groups = groupsOf(name, spec);
  const to = {
    uid: spec.uid?.toString() ?? ANY,
    gid: ANY,
    group: mayBeThere ? ANY : name,
    home: spec.home === undefined ? ANY : word(spec.home),
    shell: spec.shell === undefined ? ANY : word(spec.shell),
    comment: spec.comment === undefined ? ANY : word(spec.comment),
    // Declared groups are promised as they are: a promise that any groups fit would be taken for kept.
    groups: mayBeThere && groups.length === 0 ? ANY : groups.join(","),
  };
  return {
    action: "create",
    diff: creationDiff(spec),
    steps: mayBeThere
      ? [{ ...addStep(name, spec, answers), exits: [0, NAME_TAKEN] }, ...modifySteps(name, spec, groups)]
      : [addStep(name, spec, answers)],
    from: { [key]: mayBeThere ? ANY : ABSENT },
    to: { [key]: answer(to) },
    ...notesOf(missingGroups(groups, answers)),
  };
}

/** useradd's exit code when a package has made the user in the meantime. */
const NAME_TAKEN = 9;

function addStep(name: string, spec: UserSpec, answers: Answers): Extract<Step, { kind: "exec" }> {
  const groups = groupsOf(name, spec);
  // A group of the user's name that is there already becomes its primary one.
  const primary = (answers.get(`group:${name}`) ?? ABSENT) === ABSENT ? ["--user-group"] : ["--gid", name];
  const hasHome = !spec.system || spec.home !== undefined;
  const argv = [
    "useradd",
    ...(spec.system ? ["--system"] : []),
    ...primary,
    hasHome ? "--create-home" : "--no-create-home",
    ...flags(spec),
    ...(groups.length === 0 ? [] : ["--groups", groups.join(",")]),
    "--",
    name,
  ];
  return { kind: "exec", argv, within: 60 };
}

function flags(spec: Partial<UserSpec>): string[] {
  return [
    ...(spec.uid === undefined ? [] : ["--uid", String(spec.uid)]),
    ...(spec.home === undefined ? [] : ["--home-dir", spec.home]),
    ...(spec.shell === undefined ? [] : ["--shell", spec.shell]),
    ...(spec.comment === undefined ? [] : ["--comment", spec.comment]),
  ];
}

function modifySteps(name: string, spec: Partial<UserSpec>, groups: readonly string[]): Step[] {
  // usermod calls the home folder's flag otherwise than useradd does.
  const changed = flags(spec).map((flag) => (flag === "--home-dir" ? "--home" : flag));
  const joined = groups.length === 0 ? [] : ["--append", "--groups", groups.join(",")];
  return changed.length + joined.length === 0
    ? []
    : [{ kind: "exec", argv: ["usermod", ...changed, ...joined, "--", name], within: 60 }];
}

function planUpdate(name: string, spec: UserSpec, state: UserState, answers: Answers): Planned {
  const key = `user:${name}`;
  const wanted = { uid: spec.uid?.toString(), home: spec.home, shell: spec.shell, comment: spec.comment };
  const joins = groupsOf(name, spec).filter((group) => group !== state.group && !isIn(state, group));
  const diff: Diff[] = [
    ...(["uid", "home", "shell", "comment"] as const).flatMap((path) => {
      const [from, to] = [state[path], wanted[path]];
      return to === undefined || to === from ? [] : [{ path, from, to }];
    }),
    ...(joins.length === 0
      ? []
      : [{ path: "groups", from: state.groups.join(","), to: groupsWith(state, joins).join(",") }]),
  ];
  const seen = answers.get(key);
  if (diff.length === 0) return noop(seen === undefined ? {} : { [key]: seen });
  const moved = Object.fromEntries(diff.map(({ path }) => [path, spec[path as keyof UserSpec]])) as Partial<UserSpec>;
  return {
    action: "update",
    diff,
    steps: modifySteps(name, moved, joins),
    from: { [key]: seen ?? ANY },
    to: {
      [key]: answer({
        ...fieldsOf(state),
        ...fieldsOf(wanted),
        gid: ANY,
        groups: groupsWith(state, joins).map(open).join(","),
      }),
    },
    ...notesOf([...updateNotes(diff), ...missingGroups(joins, answers)]),
  };
}

/** Groups that a promise leaves open are not looked at: proof decides. */
function isIn(state: UserState, group: string): boolean {
  return state.groups.includes(group) || state.groups.includes(ANY);
}

function groupsWith(state: UserState, joins: readonly string[]): string[] {
  return [...new Set([...state.groups, ...joins])].sort();
}

function groupsOf(name: string, spec: UserSpec): string[] {
  return [...new Set(spec.groups ?? [])].filter((group) => group !== name).sort();
}

function fieldsOf(user: Partial<Record<keyof UserState, unknown>>): Record<string, string> {
  const fields = ["uid", "group", "home", "shell", "comment"] as const;
  return Object.fromEntries(
    fields.flatMap((field) => (typeof user[field] === "string" ? [[field, open(user[field])]] : [])),
  );
}

/** A value as an answer spells it; one that is known after apply stays so. */
function open(value: string): string {
  return value === ANY ? ANY : word(value);
}

function answer(fields: Readonly<Record<string, string>>): string {
  const order = ["uid", "gid", "group", "home", "shell", "comment", "groups"];
  return ["user", ...order.map((field) => `${field}=${fields[field] ?? ANY}`)].join(" ");
}

function creationDiff(spec: UserSpec): Diff[] {
  const { groups, system, ...rest } = spec;
  const shown = {
    ...rest,
    ...(groups === undefined ? {} : { groups: groups.join(",") }),
    ...(system ? { system } : {}),
  };
  const fields = Object.entries(shown).filter(([, value]) => value !== undefined);
  return [{ path: "user", from: "", to: "there" }, ...fields.map(([path, to]) => ({ path, from: "", to: String(to) }))];
}

function updateNotes(diff: readonly Diff[]): string[] {
  return diff.flatMap(({ path, from }) => {
    if (path === "uid") return [`files outside its home keep the number ${from}`];
    return path === "home" ? [`what is in ${from} stays there`] : [];
  });
}

function missingGroups(groups: readonly string[], answers: Answers): string[] {
  return groups
    .filter((group) => answers.get(`group:${group}`) === ABSENT)
    .map((group) => `the group ${group} is not there yet: something before it has to bring it`);
}

function notesOf(notes: readonly string[]): Pick<Planned, "notes"> {
  return notes.length === 0 ? {} : { notes };
}

export function planRemoval(name: string, observed: Observed<UserState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `user:${name}`;
  return {
    action: "delete",
    diff: [{ path: "user", from: "there", to: "" }],
    steps: [{ kind: "exec", argv: ["userdel", "--", name], within: 60 }],
    from: { [key]: answers.get(key) ?? ANY },
    to: { [key]: ABSENT },
    notes: [`its home ${observed.state.home} stays`],
  };
}
