import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers, parseAnswer, word } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import type { Diff } from "../../model/change.ts";
import { addStep, FIELDS, type Field, groupsOf, modifySteps, NAME_TAKEN, undoSteps } from "./commands.ts";
import { hasHome, settleHome } from "./home.ts";
import type { About, Part } from "./part.ts";
import type { UserSpec } from "./schema.ts";
import type { UserState } from "./state.ts";

const NOLOGIN = "/usr/sbin/nologin";

export function planNewAccount({ name, spec: declared, answers }: About): Part {
  const spec = declared.system ? { ...declared, shell: declared.shell ?? NOLOGIN } : declared;
  refuseTaken(name, spec, answers);
  const key = `user:${name}`;
  const mayBeThere = isBringing(answers);
  const groups = groupsOf(name, spec);
  const open = (value: string | undefined): string => (value === undefined ? ANY : word(value));
  const to = {
    uid: spec.uid?.toString() ?? ANY,
    group: spec.group ?? (mayBeThere ? ANY : name),
    ...{ home: open(spec.home), shell: open(spec.shell), comment: open(spec.comment) },
    // Declared groups are promised as they are: a promise that any groups fit would be taken for kept.
    groups: mayBeThere && groups.length === 0 ? ANY : groups.join(","),
  };
  const add = addStep(name, spec, answers);
  const settle = hasHome(spec) ? [settleHome(name)] : [];
  return {
    diff: creationDiff(spec),
    steps: mayBeThere
      ? [
          { ...add, exits: [0, NAME_TAKEN] },
          ...settle,
          ...modifySteps(name, spec, { groups, exactly: spec.groupsExclusive }),
        ]
      : [add, ...settle],
    from: { [key]: mayBeThere ? ANY : ABSENT },
    to: { [key]: answer(to) },
    notes: missingGroups([...groups, ...(spec.group === undefined ? [] : [spec.group])], answers),
  };
}

export function planAccount({ name, spec, answers }: About, state: UserState): Part {
  const key = `user:${name}`;
  const seen = answers.get(key) ?? ANY;
  const wanted = {
    uid: spec.uid?.toString(),
    group: spec.group,
    home: spec.home,
    shell: spec.shell,
    comment: spec.comment,
  };
  const groups = groupsAfter(name, spec, state);
  const fields = FIELDS.flatMap((path): Diff[] => {
    const [from, to] = [state[path], wanted[path]];
    return to === undefined || to === from ? [] : [{ path, from, to }];
  });
  const regroups = groups.join() !== state.groups.join();
  const from = [...state.groups].join(",");
  const diff = [...fields, ...(regroups ? [{ path: "groups", from, to: groups.join(",") }] : [])];
  if (diff.length === 0) return { diff, steps: [], from: { [key]: seen }, to: { [key]: seen } };
  refuseTaken(name, spec, answers);
  refuseBusy(name, fields, state);
  const moved = Object.fromEntries(fields.map(({ path, to }) => [path, to])) as Partial<Record<Field, string>>;
  const joins = groups.filter((group) => !state.groups.includes(group));
  const joining = spec.groupsExclusive ? { groups, exactly: true } : { groups: joins };
  // Where the old primary group names the user among its members, it is one of the others by then.
  const after = moved.group === undefined ? groups.map(open).join(",") : ANY;
  return {
    diff,
    steps: modifySteps(name, moved, regroups ? joining : undefined),
    undo: undoSteps(name, fields, regroups ? state.groups : undefined),
    from: { [key]: movedNumber(seen, state, answers) },
    to: { [key]: answer({ ...fieldsOf(state), ...fieldsOf(wanted), groups: after }) },
    notes: [
      ...updateNotes(fields),
      ...missingGroups([...joins, ...(moved.group === undefined ? [] : [moved.group])], answers),
    ],
  };
}

/** The number of its primary group may be another when its turn comes: a change of the group comes first. */
function movedNumber(seen: string, { group, gid }: UserState, answers: Answers): string {
  const planned = parseAnswer(answers.get(`group:${group}`) ?? "").fields["gid"];
  return planned === undefined || planned === gid ? seen : seen.replace(/ gid=\S+/, " gid=*");
}

function groupsAfter(name: string, spec: UserSpec, state: UserState): string[] {
  // Groups that a promise leaves open are not looked at: proof decides.
  if (state.groups.includes(ANY)) return [...state.groups];
  const primary = spec.group ?? state.group;
  const wanted = groupsOf(name, spec).filter((group) => group !== primary);
  if (spec.groupsExclusive) return wanted;
  return [...new Set([...state.groups.filter((group) => group !== primary), ...wanted])].sort();
}

function fieldsOf(user: Partial<Record<Field, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = user[field];
      return value === undefined ? [] : [[field, open(value)]];
    }),
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
  const { uid, group, home, shell, groups, comment, system } = spec;
  const shown = { uid, group, home, shell, comment, groups: groups?.join(","), system: system ? true : undefined };
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

function refuseTaken(name: string, { uid }: UserSpec, answers: Answers): void {
  const by = parseAnswer(answers.get(`uid:${uid}`) ?? "free").fields["by"];
  if (uid === undefined || by === undefined || by === name || answers.get(`user:${by}`) === ABSENT) return;
  throw new DroverError("CONFLICT", `user:${name} is to have the number ${uid}, and ${by} has it already`, {
    hint: "give one of them another uid",
  });
}

/** usermod refuses to move what is in use. */
function refuseBusy(name: string, fields: readonly Diff[], { busy }: UserState): void {
  const moved = fields.find(({ path }) => path === "uid" || path === "home");
  if (moved === undefined || busy === undefined) return;
  throw new DroverError("CONFLICT", `user:${name} is in use by ${busy}, and its ${moved.path} is to change`, {
    hint: "end that first, or leave it as it is",
  });
}
