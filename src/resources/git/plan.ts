import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type Answers, word } from "../../model/answer.ts";
import {
  folderAnswers,
  folderDiff,
  isBringing,
  makeFolders,
  missingFolders,
  openFolder,
  ownerFields,
} from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { REMOVE_TREE } from "../../model/edit/remove-tree.ts";
import type { Observed } from "../../model/resource.ts";
import type { GitSpec, GitState, Wanted } from "../git.ts";
import { wantOf } from "../git.ts";
import { CHECK_OUT } from "./script.ts";

export function planGit(name: string, spec: Wanted, observed: Observed<GitState>, answers: Answers): Planned {
  const key = `git:${name}`;
  const seen = answers.get(key) ?? ABSENT;
  if ("hidden" in spec) return noop({ [key]: seen });
  refuseOpenFolder(name, answers);
  if (observed.kind !== "present") return planClone(name, spec, answers);
  const { state } = observed;
  if (state.kind === "foreign") fail(name, "something else is there", "take it away, or choose another path");
  const { notes, diff } = differences(spec, state);
  if (diff.length === 0) return { ...noop({ [key]: seen }), ...notes };
  if (state.isDirty && !spec.force) {
    fail(name, "files in it were changed by hand", "commit or undo that there, or say `force: true`: then it is lost");
  }
  return {
    action: "update",
    diff,
    steps: [checkOut(name, spec)],
    from: { [key]: seen },
    to: { [key]: promise(spec, state) },
    ...notes,
    ...(state.isDirty ? { destroys: `what was changed by hand in ${name}` } : {}),
  };
}

function planClone(name: string, spec: GitSpec, answers: Answers): Planned {
  const key = `git:${name}`;
  const seen = answers.get(key) ?? ABSENT;
  const bringing = isBringing(answers);
  if (seen === "nogit" && !bringing) fail(name, "git is not there", 'declare pkg("git")');
  const folders = missingFolders(name, answers);
  const made = folderAnswers(folders, answers);
  const { kind, ref } = wantOf(spec);
  return {
    action: "create",
    diff: [
      ...folderDiff(folders, answers),
      { path: "url", from: "", to: spec.url },
      { path: kind, from: "", to: ref },
      { path: "owner", from: "", to: spec.owner },
    ],
    steps: [...makeFolders(folders), checkOut(name, spec)],
    from: { ...made.from, [key]: bringing ? ANY : seen, [`path:${name}`]: bringing ? ANY : ABSENT },
    to: {
      ...made.to,
      [key]: promise(spec, undefined),
      [`path:${name}`]: `directory mode=755 ${ownerFields(spec.owner)}`,
    },
  };
}

export function planGitRemoval(name: string, observed: Observed<GitState>, answers: Answers): Planned {
  if (observed.kind !== "present" || observed.state.kind === "foreign") return noop();
  const key = `git:${name}`;
  const { isDirty, head } = observed.state;
  return {
    action: "delete",
    diff: [{ path: "checkout", from: head, to: "" }],
    steps: [{ kind: "exec", argv: ["sh", "-c", `${REMOVE_TREE}remove_tree "$1"`, "sh", name], within: 600 }],
    from: { [key]: answers.get(key) ?? ANY, [`path:${name}`]: answers.get(`path:${name}`) ?? ANY },
    to: { [key]: ABSENT, [`path:${name}`]: ABSENT },
    destroys: isDirty
      ? `what was changed by hand in ${name}, and its commits`
      : `commits in ${name} that are nowhere else`,
  };
}

/** What moves, as far as it is known here; of a branch that follows and cannot be asked about, that is said. */
function differences(
  spec: GitSpec,
  state: Extract<GitState, { kind: "git" }>,
): { diff: Diff[]; notes: Pick<Planned, "notes"> } {
  const { kind, ref } = wantOf(spec);
  const silent = state.want === "unreachable";
  const diff = [
    ...(state.url === spec.url ? [] : [{ path: "url", from: state.url, to: spec.url }]),
    ...(state.isAt
      ? []
      : [{ path: kind, from: state.on === "-" ? state.head : `${state.on} ${state.head}`, to: to(ref, state.want) }]),
    ...(state.isDirty && spec.force ? [{ path: "changed by hand", from: "yes", to: "no" }] : []),
  ];
  const said = silent ? { notes: [`${spec.url} cannot be reached, so that it is not known whether ${ref} moved`] } : {};
  return { diff, notes: said };
}

function to(ref: string, want: string): string {
  return ["-", "unreachable", ref].includes(want) ? ref : `${ref} ${want}`;
}

function promise(spec: GitSpec, state: Extract<GitState, { kind: "git" }> | undefined): Answer {
  const { kind, ref } = wantOf(spec);
  const isNumeric = /^\d/.test(spec.owner);
  const known =
    kind === "commit" ? ref : state !== undefined && /^[0-9a-f]{40,64}$/.test(state.want) ? state.want : ANY;
  const owner = state?.owner ?? (isNumeric ? ANY : spec.owner);
  return `git url=${word(spec.url)} owner=${owner} head=${known} on=${kind === "branch" ? word(ref) : "-"} want=${known} at=yes dirty=no`;
}

function checkOut(name: string, spec: GitSpec): Planned["steps"][number] {
  const { kind, ref } = wantOf(spec);
  const { url, owner, depth, submodules, force, within } = spec;
  const words = [
    name,
    owner,
    kind,
    ref,
    depth === undefined ? "" : String(depth),
    submodules ? "1" : "0",
    force ? "1" : "0",
  ];
  return { kind: "exec", argv: ["sh", "-c", CHECK_OUT, "sh", ...words], stdin: url, within };
}

function refuseOpenFolder(name: string, answers: Answers): void {
  const folder = openFolder(name, answers);
  if (folder !== undefined) {
    fail(
      name,
      `everybody may write to ${folder}, and could swap what is made`,
      `close it, or let directory("${folder}", { mode: "0755" }) do so`,
    );
  }
}

function fail(name: string, what: string, hint: string): never {
  throw new DroverError("CONFLICT", `git:${name}: ${what}`, { hint });
}
