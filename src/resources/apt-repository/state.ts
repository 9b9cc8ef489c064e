import { z } from "zod";
import type { Answers } from "../../model/answer.ts";
import { ownerOf } from "../../model/ask/path-state.ts";
import { checkName } from "../../model/check-name.ts";
import type { Query } from "../../model/query.ts";
import type { Observed } from "../../model/resource.ts";
import {
  type FileState,
  fileQueries,
  observeFile,
  removalQueries,
  type WholeFile,
} from "../../model/whole-file/state.ts";
import type { Seen, Wanted } from "../apt-repository.ts";
import { keysOf } from "./key.ts";
import { keyPath, keyText, listNames, plainUri, sourcesPath, sourcesText } from "./sources.ts";

/** Its two files, as far as they are there. */
export interface RepositoryState {
  readonly key: FileState | undefined;
  readonly sources: FileState | undefined;
}

/** apt passes over files with other characters in their names. */
const repositoryName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}$/, "expected letters, digits, `_`, `-` and `.`, as apt takes them");

export function checkedName(name: string): string {
  return checkName("apt-repository", repositoryName, name);
}

/** The files wanted, in the order in which they are written; undefined where there is to be none. */
export interface Files {
  readonly key: WholeFile | undefined;
  readonly sources: WholeFile | undefined;
}

export function filesOf(name: string, wanted: Wanted): Files {
  const [key, sources] = [keyPath(name), sourcesPath(name)];
  if ("seen" in wanted) {
    const { seen } = wanted;
    return {
      key: seen.key === undefined ? undefined : { path: key, ...seen.key },
      sources: seen.sources === undefined ? undefined : { path: sources, ...seen.sources },
    };
  }
  const rights = { mode: "0644", owner: "root:root" };
  const text = keyText(wanted.fields);
  return {
    key: text === undefined ? undefined : { path: key, content: text, ...rights },
    sources: { path: sources, content: sourcesText(name, wanted.fields), ...rights },
  };
}

export function questions(given: string, spec: Wanted | undefined): Query[] {
  const name = checkedName(given);
  const paths = [keyPath(name), sourcesPath(name)];
  if (spec === undefined) return paths.flatMap(removalQueries);
  const { key, sources } = filesOf(name, spec);
  return [
    ...(key === undefined ? removalQueries(keyPath(name)) : fileQueries(key)),
    ...(sources === undefined ? removalQueries(sourcesPath(name)) : fileQueries(sources)),
    { kind: "apt-lists", arg: "main" },
    ...("fields" in spec ? fieldQuestions(name, spec.fields) : []),
  ];
}

function fieldQuestions(name: string, spec: Extract<Wanted, { fields: unknown }>["fields"]): Query[] {
  const { uris, key, keyFile } = spec;
  const ends = key === undefined ? [] : keysOf(key).flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
  return [
    ...listNames(spec).map((list) => ({ kind: "apt-index", arg: `${name} ${list}` })),
    ...uris.map((uri) => ({ kind: "apt-source", arg: plainUri(uri) })),
    ...ends.map((end) => ({ kind: "key-end", arg: String(end) })),
    ...(keyFile === undefined ? [] : [{ kind: "entry", arg: keyFile }]),
  ];
}

export function parse(name: string, answers: Answers): Observed<RepositoryState> {
  const [key, sources] = [keyPath(name), sourcesPath(name)].map((path) => observeFile(path, answers));
  const isAsked = (path: string): boolean => ["path", "entry"].some((kind) => answers.has(`${kind}:${path}`));
  if (key === undefined || sources === undefined || !isAsked(sourcesPath(name))) {
    return { kind: "unknown", why: "it was not answered" };
  }
  for (const [path, seen] of [
    [keyPath(name), key],
    [sourcesPath(name), sources],
  ] as const) {
    if (seen.kind === "unknown") return { kind: "unknown", why: `${path}: ${seen.why}` };
  }
  const state = { key: stateOf(key), sources: stateOf(sources) };
  return state.key === undefined && state.sources === undefined
    ? { kind: "absent" }
    : { kind: "present", state, owners: [] };
}

function stateOf(seen: Observed<FileState>): FileState | undefined {
  return seen.kind === "present" ? seen.state : undefined;
}

export function specOf({ key, sources }: RepositoryState): Seen {
  return {
    ...(key === undefined ? {} : { key: seen(key) }),
    ...(sources === undefined ? {} : { sources: seen(sources) }),
  };
}

function seen(state: FileState): NonNullable<Seen["key"]> {
  return { sha256: state.sha256 ?? "", mode: state.mode.padStart(4, "0"), owner: ownerOf(state) };
}
