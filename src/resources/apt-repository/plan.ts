import { ABSENT, ANY, type AnswerMap, matches, parseAnswer } from "../../model/answer.ts";
import { refuseWithoutApt } from "../../model/apt/only.ts";
import { awaitIdle } from "../../model/apt.ts";
import { ownerOf } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { planFile, planFileRemoval } from "../../model/whole-file/plan.ts";
import type { FileState, WholeFile } from "../../model/whole-file/state.ts";
import type { RepositorySpec, Wanted } from "../apt-repository.ts";
import { refuseConflicts } from "./conflict.ts";
import { describeKey, keysOf } from "./key.ts";
import { componentsOf, keyPath, listNames, signedBy, sourcesPath } from "./sources.ts";
import { filesOf, type RepositoryState } from "./state.ts";
import { fetchLists, forgetLists, takeBack } from "./steps.ts";

export function planRepository(
  name: string,
  wanted: Wanted,
  observed: Observed<RepositoryState>,
  context: PlanContext,
): Planned {
  refuseWithoutApt(`apt-repository:${name}`, context.facts, `write it as a file: /etc/yum.repos.d/${name}.repo`);
  const spec = "fields" in wanted ? wanted.fields : undefined;
  const state = observed.kind === "present" ? observed.state : { key: undefined, sources: undefined };
  const files = filesOf(name, wanted);
  const key = planPart(name, keyPath(name), files.key, state.key, context);
  const sources = planPart(name, sourcesPath(name), files.sources, state.sources, context);
  const lists = spec === undefined ? [] : listNames(spec);
  const index = indexAnswers(name, spec, lists, context);
  const parts = [key, sources];
  const from = { ...key.from, ...sources.from, ...index.from };
  if (parts.every((part) => part.action === "noop") && index.open.length === 0)
    return noop({ ...key.to, ...sources.to, ...index.seen });
  if (spec !== undefined) refuseConflicts(name, spec, context.answers);
  const isNew = observed.kind !== "present";
  // A key that is used no more goes when nothing names it any more.
  const ordered = files.key === undefined ? [sources, key] : parts;
  return {
    action: isNew ? "create" : "update",
    diff: isNew && spec !== undefined ? fieldDiff(spec) : changeDiff(key, sources, spec, index.open),
    steps: [
      awaitIdle,
      ...(lists.length === 0 ? [] : [forgetLists(lists)]),
      ...ordered.flatMap((part) => part.steps),
      fetchLists(name, freshness(context)),
    ],
    from,
    to: { ...key.to, ...sources.to, ...index.to },
    ...undoOf(name, parts, state, context),
    ...notesOf(spec, parts),
  };
}

function planPart(
  name: string,
  path: string,
  file: WholeFile | undefined,
  state: FileState | undefined,
  context: PlanContext,
): Planned {
  const observed: Observed<FileState> =
    state === undefined ? { kind: "absent" } : { kind: "present", state, owners: [] };
  return file === undefined
    ? planFileRemoval(path, observed, context, { plain: true })
    : planFile(file, observed, context, { id: `apt-repository:${name}`, plain: true });
}

/** The indexes that have to be fetched: what they are before is as the files were. */
function indexAnswers(
  name: string,
  spec: RepositorySpec | undefined,
  lists: readonly string[],
  { answers }: PlanContext,
): { from: AnswerMap; to: AnswerMap; seen: AnswerMap; open: readonly string[] } {
  const keys = lists.map((list) => `apt-index:${name} ${list}`);
  const to = spec === undefined ? ABSENT : `fetched by=${signedBy(name, spec)}`;
  const each = (answer: (key: string) => string): AnswerMap =>
    Object.fromEntries(keys.map((key) => [key, answer(key)]));
  const open = keys.filter((key) => !matches(to, answers.get(key) ?? ABSENT));
  return { from: each(() => ANY), to: each(() => to), seen: each((key) => answers.get(key) ?? ABSENT), open };
}

function freshness({ answers }: PlanContext): "fresh" | "old" {
  return parseAnswer(answers.get("apt-lists:main") ?? ABSENT).fields["age"] === "fresh" ? "fresh" : "old";
}

function fieldDiff(spec: RepositorySpec): Diff[] {
  const { uris, suites, architectures, sources, key, keyFile } = spec;
  const shown: readonly (readonly [string, string | undefined])[] = [
    ["uris", uris.join(" ")],
    ["suites", suites.join(" ")],
    ["components", componentsOf(spec).join(" ") || undefined],
    ["architectures", architectures?.join(" ")],
    ["sources", sources ? "yes" : undefined],
    ["key", key === undefined ? keyFile : keysOf(key).map(describeKey).join("; ")],
  ];
  return shown.flatMap(([path, to]) => (to === undefined ? [] : [{ path, from: "", to }]));
}

function changeDiff(key: Planned, sources: Planned, spec: RepositorySpec | undefined, open: readonly string[]): Diff[] {
  const isRewritten = [...key.diff, ...sources.diff].some(({ path }) => path === "content");
  const keyIs = spec?.key === undefined ? undefined : keysOf(spec.key).map(describeKey).join("; ");
  return [
    ...key.diff.map((diff) =>
      diff.path === "content" && keyIs !== undefined ? { ...diff, path: "key", to: keyIs } : named("key", diff),
    ),
    ...sources.diff.map((diff) => named("sources", diff)),
    ...(isRewritten || open.length === 0 ? [] : [{ path: "lists", from: "", to: "fetched" }]),
  ];
}

function named(file: string, diff: Diff): Diff {
  return { ...diff, path: diff.path === "content" || diff.path === "file" ? file : `${file} ${diff.path}` };
}

/** After the files are as they were, what apt has of them is fetched again. */
function undoOf(
  name: string,
  parts: readonly Planned[],
  state: RepositoryState,
  context: PlanContext,
): Pick<Planned, "undo"> {
  const before = [state.key, state.sources].map((file) =>
    file === undefined ? undefined : { ...file, owner: ownerOf(file) },
  );
  const back = takeBack(parts, before);
  if (back.length === 0) return {};
  return { undo: state.sources === undefined ? back : [...back, fetchLists(name, freshness(context))] };
}

function notesOf(spec: RepositorySpec | undefined, parts: readonly Planned[]): Pick<Planned, "notes"> {
  const notes = [
    ...parts.flatMap((part) => part.notes ?? []),
    ...(spec?.keyFile === undefined
      ? []
      : [`who may sign is in ${spec.keyFile}: its fingerprint and its end are not read`]),
  ];
  return notes.length === 0 ? {} : { notes };
}

export function planRemoval(name: string, observed: Observed<RepositoryState>, context: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const { key, sources } = observed.state;
  const parts = [
    planPart(name, sourcesPath(name), undefined, sources, context),
    planPart(name, keyPath(name), undefined, key, context),
  ];
  return {
    action: "delete",
    diff: [
      ...(sources === undefined ? [] : [{ path: "sources", from: "there", to: "" }]),
      ...(key === undefined ? [] : [{ path: "key", from: "there", to: "" }]),
    ],
    steps: parts.flatMap((part) => part.steps),
    from: Object.assign({}, ...parts.map((part) => part.from)) as AnswerMap,
    to: Object.assign({}, ...parts.map((part) => part.to)) as AnswerMap,
    notes: ["packages that came from it stay, and are not kept up to date from it any more"],
  };
}
