import { DroverError } from "../../lib/error.ts";
import { ABSENT, type Answers } from "../../model/answer.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import {
  dropEntry,
  type FstabEntry,
  fstabAnswer,
  reloadSteps,
  type SeenEntry,
  writeEntry,
} from "../../model/fstab/entry.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { MountSpec } from "../mount.ts";
import { optionWords } from "./options.ts";
import { folder, type Mounted, mountedOf, mountSteps, unmount } from "./steps.ts";

export function entryOf(target: string, spec: MountSpec): FstabEntry {
  const type = spec.type === "bind" ? "none" : spec.type;
  return { source: spec.source, target, type, options: optionWords(spec), pass: String(spec.pass) };
}

export function planMount(target: string, spec: MountSpec, seen: SeenEntry | undefined, context: PlanContext): Planned {
  const { answers } = context;
  const entry = entryOf(target, spec);
  const mounted = mountedOf(target, answers);
  if (seen === undefined && mounted.isThere && !mounted.isSame) refuseOther(target);
  const keys = { fstab: `fstab:${target}`, mount: `mount:${target}` };
  const isListed = seen !== undefined && !seen.isRepeated && fstabAnswer(seen) === fstabAnswer(entry);
  const moves = mountSteps(target, spec, mounted, !isListed);
  const diff = [...entryDiff(seen, entry, isListed), ...moves.diff];
  const said = notesOf(spec, mounted, moves.isRight, diff.length === 0);
  if (diff.length === 0) return { ...noop(seenKeys(keys, answers)), ...said };
  const listing = isListed ? [] : [...folder(target), writeEntry(entry), ...reloadSteps(context.facts.init)];
  return {
    action: seen === undefined ? "create" : "update",
    diff,
    // What is mounted goes by its old entry, before that is another.
    steps: [...moves.before, ...listing, ...moves.after],
    from: seenKeys(keys, answers),
    to: { [keys.fstab]: fstabAnswer(entry), [keys.mount]: moves.to ?? answers.get(keys.mount) ?? ABSENT },
    ...said,
  };
}

function seenKeys(keys: { fstab: string; mount: string }, answers: Answers): Record<string, string> {
  return Object.fromEntries(Object.values(keys).map((key) => [key, answers.get(key) ?? ABSENT]));
}

function refuseOther(target: string): never {
  throw new DroverError("CONFLICT", `mount:${target}: something else is mounted there`, {
    hint: `look at it with findmnt ${target}; unmount it, or name another folder`,
  });
}

function entryDiff(seen: SeenEntry | undefined, entry: FstabEntry, isListed: boolean): Diff[] {
  if (isListed) return [];
  const words = ({ source, type, options, pass }: FstabEntry): string => [source, type, options, pass].join(" ");
  const from = seen === undefined ? "" : `${words(seen)}${seen.isRepeated ? " (several)" : ""}`;
  return [{ path: "/etc/fstab", from, to: words(entry) }];
}

/** What it means for a boot is told when it comes, and not again. */
function notesOf(spec: MountSpec, { can }: Mounted, isRight: boolean, stands: boolean): { notes?: readonly string[] } {
  const notes = [
    ...(can || isRight ? [] : ["nothing may be mounted here, as in most containers: only /etc/fstab is kept"]),
    ...(stands ||
    spec.nofail ||
    spec.options.some((word) => word === "noauto") ||
    !/^(\/dev\/|UUID=|LABEL=|PARTUUID=|PARTLABEL=)/.test(spec.source)
      ? []
      : ["without `nofail` the machine does not boot when it is missing"]),
  ];
  return notes.length === 0 ? {} : { notes };
}

/** Unmounted first, while its entry still says how: a run that was killed between does both again. */
export function planRemoval(target: string, seen: SeenEntry, context: PlanContext): Planned {
  const { answers, facts } = context;
  const { isThere, times, can } = mountedOf(target, answers);
  const keys = { fstab: `fstab:${target}`, mount: `mount:${target}` };
  const leaves = isThere && can;
  return {
    action: "delete",
    diff: [
      { path: "/etc/fstab", from: "there", to: "" },
      ...(leaves ? [{ path: "mounted", from: "yes", to: "no" }] : []),
    ],
    steps: [...(leaves ? unmount(target, times) : []), dropEntry(seen), ...reloadSteps(facts.init)],
    from: seenKeys(keys, answers),
    to: { [keys.fstab]: ABSENT, [keys.mount]: leaves ? ABSENT : (answers.get(keys.mount) ?? ABSENT) },
    evidence: [
      {
        kind: "exec",
        argv: ["sh", "-c", 'command -v fuser >/dev/null && fuser -vm "$1" 2>&1', "sh", target],
        exits: [0, 1, 127],
      },
    ],
    notes: [`the folder ${target} stays`],
  };
}
