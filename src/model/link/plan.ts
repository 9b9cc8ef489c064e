import { posix } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type Answers, word } from "../answer.ts";
import {
  folderAnswers,
  folderDiff,
  hasOwner,
  isBringing,
  isNumeric,
  makeFolders,
  missingFolders,
  type Owner,
  openFolder,
  ownerOf,
} from "../ask/path-state.ts";
import { type Diff, noop, type Planned } from "../change.ts";
import type { Observed } from "../resource.ts";
import type { Step } from "../step.ts";

/** What is seen of a symbolic link. */
export interface LinkState extends Owner {
  readonly to: string;
}

/** What is wanted of one: where it leads, and `user:group`, by two names or two numbers. */
export interface WholeLink {
  readonly to: string;
  readonly owner: string;
}

/** Decides how a link comes to be as wanted; `id` is the resource, for people. Pure. */
export function planLink(
  id: string,
  name: string,
  spec: WholeLink,
  observed: Observed<LinkState>,
  answers: Answers,
): Planned {
  const key = `path:${name}`;
  const state = observed.kind === "present" ? observed.state : undefined;
  const seen = answers.get(key);
  const changes = differences(spec, state);
  if (changes.length === 0)
    return { ...noop(seen === undefined ? {} : { [key]: seen }), ...dangling(name, spec, answers) };
  refuseOpenFolder(id, name, answers);
  const folders = state === undefined ? missingFolders(name, answers) : [];
  const made = folderAnswers(folders, answers);
  const diff = [...folderDiff(folders, answers), ...changes];
  return {
    action: state === undefined ? "create" : "update",
    diff,
    steps: [...makeFolders(folders), linkStep(name, spec)],
    from: { ...made.from, [key]: state === undefined && isBringing(answers) ? ANY : (seen ?? ABSENT) },
    to: { ...made.to, [key]: promise(spec) },
    ...dangling(name, spec, answers),
  };
}

/** Decides how a link goes. Pure. */
export function planLinkRemoval(name: string, observed: Observed<LinkState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `path:${name}`;
  return {
    action: "delete",
    diff: [{ path: "link", from: observed.state.to, to: "" }],
    steps: [{ kind: "remove", path: name }],
    from: { [key]: answers.get(key) ?? ABSENT },
    to: { [key]: ABSENT },
  };
}

/** The path that it leads to, by its words alone. */
export function targetOf(name: string, to: string): string {
  return posix.resolve(posix.dirname(name), to);
}

function differences(spec: WholeLink, state: LinkState | undefined): Diff[] {
  const isOwned = state !== undefined && hasOwner(state, spec.owner);
  return [
    ...(state?.to === spec.to ? [] : [{ path: "to", from: state?.to ?? "", to: spec.to }]),
    ...(isOwned ? [] : [{ path: "owner", from: state === undefined ? "" : ownerOf(state), to: spec.owner }]),
  ];
}

function promise({ to, owner }: WholeLink): Answer {
  const link = `link to=${word(to)}`;
  if (owner === "root:root" || owner === "0:0") return link;
  return isNumeric(owner) ? `${link} owner=* ids=${owner}` : `${link} owner=${owner} ids=*`;
}

function dangling(name: string, { to }: WholeLink, answers: Answers): Pick<Planned, "notes"> {
  const target = targetOf(name, to);
  const isGone = ["path", "entry"].some((kind) => answers.get(`${kind}:${target}`) === ABSENT);
  return isGone ? { notes: [`nothing is at ${target} yet`] } : {};
}

function refuseOpenFolder(id: string, name: string, answers: Answers): void {
  const folder = openFolder(name, answers);
  if (folder === undefined) return;
  throw new DroverError("CONFLICT", `${id}: everybody may write to ${folder}, and could swap what is made`, {
    hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
  });
}

/** Made in a folder of our own beside its place, and renamed over it: as files are written. A killed run's is swept. */
const LINK = `umask 077; folder=\${1%/*}; name=\${1##*/}; staged=\${folder:-}/.drover.$name.new
note=\${DROVER_STATE:-/var/lib/drover}/staged
printf '%s\\n' "$staged" >"$note" && rm -rf -- "$staged" && mkdir -m 0700 -- "$staged" || exit
cd -P -- "$staged" && [ -O . ] && ln -s -- "$2" new && chown -h -- "$3" new || exit
if [ -d "../$name" ] && [ ! -L "../$name" ]; then printf '%s is a folder\\n' "$1"; exit 1; fi
mv -fT -- new "../$name" && cd .. && rmdir -- "$staged" && { sync . 2>/dev/null || sync; } && rm -f -- "$note"`;

function linkStep(name: string, { to, owner }: WholeLink): Step {
  return { kind: "exec", argv: ["sh", "-c", LINK, "sh", name, to, owner] };
}
