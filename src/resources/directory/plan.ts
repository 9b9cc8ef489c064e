import { ABSENT, ANY, type Answers } from "../../model/answer.ts";
import { entriesLeft, entriesText } from "../../model/ask/entries.ts";
import {
  folderAnswers,
  folderDiff,
  folderNotes,
  hasOwner,
  isBringing,
  makeFolders,
  missingFolders,
  ownerFields,
  ownerOf,
  UNLESS_BROUGHT,
} from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { plainMode } from "../../model/name.ts";
import type { Observed } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { DirectorySpec, DirectoryState } from "../directory.ts";
import { strays } from "./strays.ts";

export function planDirectory(
  name: string,
  spec: DirectorySpec,
  observed: Observed<DirectoryState>,
  answers: Answers,
): Planned {
  if (observed.kind !== "present") return planCreation(name, spec, answers);
  const rights = planRights(name, spec, observed.state, answers);
  return spec.exclusive ? withoutStrays(rights, name, spec, answers) : rights;
}

function withoutStrays(rights: Planned, name: string, { keep = [] }: DirectorySpec, answers: Answers): Planned {
  const { diff, steps, from, to, ...lost } = strays(name, keep, answers);
  if (diff.length === 0) return rights;
  return {
    ...{ ...rights, ...lost, action: "update" },
    diff: [...rights.diff, ...diff],
    steps: [...rights.steps, ...steps],
    from: { ...rights.from, ...from },
    to: { ...rights.to, ...to },
  };
}

type Right = "mode" | "owner";

function planCreation(name: string, spec: DirectorySpec, answers: Answers): Planned {
  const [mode, owner] = [plainMode(spec.mode ?? "0755"), spec.owner ?? "root:root"];
  const folders = missingFolders(name, answers);
  const made = folderAnswers(folders, answers);
  const key = `path:${name}`;
  const mayCome = isBringing(answers);
  const kept = mayCome ? (["mode", "owner"] as const).filter((field) => spec[field] === undefined) : [];
  const shown = (field: Right, value: string): Diff => ({
    ...{ path: field, from: "" },
    to: kept.includes(field) ? `${value}, ${UNLESS_BROUGHT}` : value,
  });
  return {
    action: "create",
    diff: [...folderDiff(folders, answers), shown("mode", mode), shown("owner", owner)],
    steps: [...makeFolders(folders), makeStep(name, mode, owner, kept)],
    from: { ...made.from, [key]: mayCome ? ANY : ABSENT },
    to: {
      ...made.to,
      [key]: `directory mode=${kept.includes("mode") ? ANY : mode} ${ownerFields(kept.includes("owner") ? ANY : owner)}`,
    },
    ...(mayCome ? { foundBy: key } : {}),
    ...(mayCome
      ? { notes: ["used as found, and left, when a package before brings it"] }
      : folderNotes(folders, answers, "it")),
  };
}

/**
 * Born closed; five digits, because with four GNU chmod leaves the set-id bits that a folder inherits. What is `kept` is set only
 * where the folder is not there by then.
 */
function makeStep(name: string, mode: string, owner: string, kept: readonly Right[]): Step {
  const script =
    'umask 077; keep=${4-}; [ -d "$3" ] || keep=; mkdir -p -- "$3" || exit; ' +
    'case $keep in *owner*) ;; *) chown -h -- "$2" "$3" || exit ;; esac; ' +
    'case $keep in *mode*) ;; *) chmod -- "$1" "$3" ;; esac';
  const words = [mode.padStart(5, "0"), owner, name, ...(kept.length === 0 ? [] : [kept.join(" ")])];
  return { kind: "exec", argv: ["sh", "-c", script, "sh", ...words] };
}

function planRights(name: string, spec: DirectorySpec, state: DirectoryState, answers: Answers): Planned {
  const key = `path:${name}`;
  const [mode, owner] = [spec.mode === undefined ? state.mode : plainMode(spec.mode), spec.owner];
  const moves = owner !== undefined && !hasOwner(state, owner);
  const diff: Diff[] = [
    ...(mode === state.mode ? [] : [{ path: "mode", from: state.mode, to: mode }]),
    ...(moves ? [{ path: "owner", from: ownerOf(state), to: owner }] : []),
  ];
  const seen = answers.get(key);
  if (diff.length === 0) return noop(seen === undefined ? {} : { [key]: seen });
  return {
    action: "update",
    diff,
    // The owner first: a change of owner may clear special bits.
    steps: [
      ...(moves ? [{ kind: "exec" as const, argv: ["chown", "-h", "--", owner, name] }] : []),
      { kind: "exec", argv: ["chmod", "--", mode.padStart(5, "0"), name] },
    ],
    from: { [key]: seen ?? ANY },
    to: { [key]: `directory mode=${mode} ${ownerFields(owner ?? ownerOf(state))}` },
  };
}

export function planRemoval(name: string, observed: Observed<DirectoryState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const key = `path:${name}`;
  const from = { [key]: answers.get(key) ?? ANY };
  const rest = contentLeft(name, answers);
  if (rest === "") {
    return {
      action: "delete",
      diff: [{ path: "directory", from: "there", to: "" }],
      steps: [{ kind: "exec", argv: ["rmdir", "--", name] }],
      from,
      to: { [key]: ABSENT },
    };
  }
  return {
    action: "delete",
    diff: [{ path: "owned", from: "yes", to: "no" }],
    steps: [],
    from,
    // Whoever's it will be: its user may go in the same run.
    to: { [key]: from[key]?.replace(/=\S+/g, "=*") ?? ANY },
    notes: [`${name} stays, because it holds ${rest}`],
  };
}

/** What will still be in it when its turn comes, in words; empty when nothing is. */
function contentLeft(name: string, answers: Answers): string {
  const left = entriesLeft(name, answers);
  return left === undefined ? "what could not be read" : entriesText(left);
}
