import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers, parseAnswer } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed } from "../../model/resource.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import type { GroupSpec, GroupState } from "../group.ts";

/** groupadd's exit code when a package has made the group in the meantime. */
const NAME_TAKEN = 9;

export function planGroup(name: string, spec: GroupSpec, observed: Observed<GroupState>, answers: Answers): Planned {
  const state = observed.kind === "present" ? observed.state : undefined;
  const key = `group:${name}`;
  const seen = answers.get(key) ?? ANY;
  const gid = spec.gid?.toString();
  const moves = state !== undefined && gid !== undefined && gid !== state.gid;
  const mayBeThere = state === undefined && isBringing(answers);
  const joining = (spec.members ?? []).map((member) => joinOf(name, member, answers)).filter((one) => !one.isIn);
  const diff: Diff[] = [
    ...(state === undefined ? [{ path: "group", from: "", to: "there" }] : []),
    ...(gid !== undefined && (state === undefined || moves) ? [{ path: "gid", from: state?.gid ?? "", to: gid }] : []),
    ...joining.map(({ member }) => ({ path: "member", from: "", to: member })),
  ];
  if (diff.length === 0) return noop({ [key]: seen });
  if (gid !== undefined && gid !== state?.gid) refuseTaken(name, gid, answers);
  return {
    action: state === undefined ? "create" : "update",
    diff,
    steps: [
      ...(state === undefined ? addSteps(name, spec, mayBeThere) : moves ? [renumber(name, gid)] : []),
      ...joining.map(({ member }): Step => command("gpasswd", "--add", member, name)),
    ],
    // Those that were there before keep their state when this fails.
    ...(state === undefined ? {} : { undo: undoSteps(name, moves ? state.gid : undefined, joining) }),
    from: { [key]: state === undefined ? (mayBeThere ? ANY : ABSENT) : seen, ...each(joining, "from") },
    to: { [key]: `group gid=${gid ?? state?.gid ?? ANY}`, ...each(joining, "to") },
    ...(mayBeThere ? { foundBy: key } : {}),
    ...(moves ? { notes: [`files of the group keep the number ${state.gid}`] } : {}),
  };
}

function addSteps(name: string, { gid, system }: GroupSpec, mayBeThere: boolean): ExecStep[] {
  const number = gid === undefined ? [] : ["--gid", String(gid)];
  const add = command("groupadd", ...(system ? ["--system"] : []), ...number, "--", name);
  if (!mayBeThere) return [add];
  return [{ ...add, exits: [0, NAME_TAKEN] }, ...(gid === undefined ? [] : [renumber(name, String(gid))])];
}

function renumber(name: string, gid: string): ExecStep {
  return command("groupmod", "--gid", gid, "--", name);
}

function command(...argv: string[]): ExecStep {
  return { kind: "exec", argv, within: 60 };
}

interface Join {
  readonly member: string;
  readonly isIn: boolean;
  readonly from: string;
  readonly to: string;
}

/** Who is in which group is said by the user's own answer: one promise, whether the group or the user is declared. */
function joinOf(name: string, member: string, answers: Answers): Join {
  const seen = answers.get(`user:${member}`) ?? ABSENT;
  const { head, fields } = parseAnswer(seen);
  if (head === "absent" && isBringing(answers)) {
    const to = "user uid=* gid=* group=* home=* shell=* comment=* groups=*";
    return { member, isIn: false, from: ANY, to };
  }
  if (head !== "user") refuseMember(name, member, head);
  const groups = (fields["groups"] ?? "").split(",").filter((group) => group !== "");
  const isIn = fields["group"] === name || groups.includes(name) || groups.includes(ANY);
  const after = [...new Set([...groups, name])].sort().join(",");
  return { member, isIn, from: seen, to: seen.replace(/ groups=\S*/, ` groups=${after}`) };
}

function refuseMember(name: string, member: string, head: string): never {
  const why = head === "remote" ? "is of a directory service, which has its groups" : "is not there";
  throw new DroverError("CONFLICT", `group:${name} is to have the member ${member}, who ${why}`, {
    hint: head === "remote" ? "put it into the group there" : `declare user("${member}")`,
  });
}

function each(joining: readonly Join[], side: "from" | "to"): AnswerMap {
  return Object.fromEntries(joining.map((one) => [`user:${one.member}`, one[side]]));
}

function undoSteps(name: string, gid: string | undefined, joining: readonly Join[]): Step[] {
  return [
    ...joining.map(({ member }) => command("gpasswd", "--delete", member, name)),
    ...(gid === undefined || gid === ANY ? [] : [renumber(name, gid)]),
  ];
}

function refuseTaken(name: string, gid: string, answers: Answers): void {
  const by = parseAnswer(answers.get(`gid:${gid}`) ?? "free").fields["by"];
  if (by === undefined || by === name || answers.get(`group:${by}`) === ABSENT) return;
  throw new DroverError("CONFLICT", `group:${name} is to have the number ${gid}, and ${by} has it already`, {
    hint: "give one of them another gid",
  });
}

export function planGroupRemoval(name: string, observed: Observed<GroupState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `group:${name}`;
  const seen = answers.get(key) ?? ANY;
  const { fields } = parseAnswer(answers.get(`group-primary:${name}`) ?? "unused");
  // Users that go in this run go first.
  const users = (fields["names"] ?? "")
    .split(",")
    .filter((user) => user !== "" && answers.get(`user:${user}`) !== ABSENT);
  if (users.length > 0) {
    return {
      action: "delete",
      diff: [{ path: "owned", from: "yes", to: "no" }],
      steps: [],
      from: { [key]: seen },
      to: { [key]: seen },
      notes: [`${name} stays, because it is the primary group of ${users.slice(0, 3).join(", ")}`],
    };
  }
  return {
    action: "delete",
    diff: [{ path: "group", from: "there", to: "" }],
    steps: [{ kind: "exec", argv: ["groupdel", "--", name], within: 60 }],
    from: { [key]: seen },
    to: { [key]: ABSENT },
  };
}
