import { DroverError } from "../../lib/error.ts";
import { ABSENT, type Answers, parseAnswer } from "../../model/answer.ts";
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
import type { Step } from "../../model/step.ts";
import type { MountSpec } from "../mount.ts";
import { optionWords, remountOptions } from "./options.ts";

/** What is mounted there. */
export interface Mounted {
  readonly isThere: boolean;
  /** What is wanted is mounted, and not something else. */
  readonly isSame: boolean;
  readonly hasOptions: boolean;
  readonly times: number;
  readonly can: boolean;
}

export function mountedOf(target: string, answers: Answers): Mounted {
  const { head, fields } = parseAnswer(answers.get(`mount:${target}`) ?? ABSENT);
  const { by, options, times = "0", can } = fields;
  return {
    isThere: head === "mounted",
    isSame: by === "same",
    hasOptions: options === "same",
    times: Number(times),
    can: can !== "no",
  };
}

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
  const said = notesOf(spec, mounted, moves.isRight);
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

/** A folder that is there keeps what it has. */
function folder(target: string): Step[] {
  return [{ kind: "exec", argv: ["sh", "-c", 'umask 022; [ -e "$1" ] || mkdir -p -- "$1"', "sh", target] }];
}

interface Moves {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly diff: readonly Diff[];
  /** What it leaves; undefined where it stays as it is. */
  readonly to?: string;
  readonly isRight: boolean;
}

function mountSteps(target: string, spec: MountSpec, mounted: Mounted, isRelisted: boolean): Moves {
  const { isThere, isSame, hasOptions, can, times } = mounted;
  const stays = { before: [], after: [], diff: [], isRight: true };
  if (!spec.mounted) {
    if (!isThere || !can) return { ...stays, isRight: !isThere };
    return { ...stays, before: unmount(target, times), diff: [{ path: "mounted", from: "yes", to: "no" }], to: ABSENT };
  }
  const isRight = isThere && isSame && hasOptions && times === 1;
  if (!can) return { ...stays, isRight };
  const to = "mounted by=same options=same times=1";
  const remount: Step = { kind: "exec", argv: ["mount", "-o", remountOptions(spec), "--", target], within: 60 };
  if (isThere && isSame && times === 1) {
    if (hasOptions && !isRelisted) return stays;
    // Options that cannot be seen on what is mounted count when it is mounted again.
    const diff = hasOptions ? [] : [{ path: "options", from: "other", to: optionWords(spec) }];
    return { ...stays, after: [remount], diff, to };
  }
  const after: Step[] = [{ kind: "exec", argv: ["mount", "--", target], within: 120 }];
  if (!isThere) return { ...stays, after, diff: [{ path: "mounted", from: "no", to: "yes" }], to };
  const from = times > 1 ? `${times} times` : "something else";
  return { ...stays, before: unmount(target, times), after, diff: [{ path: "mounted", from, to: spec.source }], to };
}

function unmount(target: string, times: number): Step[] {
  return Array.from({ length: times }, () => ({ kind: "exec" as const, argv: ["umount", "--", target], within: 120 }));
}

function entryDiff(seen: SeenEntry | undefined, entry: FstabEntry, isListed: boolean): Diff[] {
  if (isListed) return [];
  const words = ({ source, type, options, pass }: FstabEntry): string => [source, type, options, pass].join(" ");
  const from = seen === undefined ? "" : `${words(seen)}${seen.isRepeated ? " (several)" : ""}`;
  return [{ path: "/etc/fstab", from, to: words(entry) }];
}

function notesOf(spec: MountSpec, { can }: Mounted, isRight: boolean): { notes?: readonly string[] } {
  const notes = [
    ...(can || isRight ? [] : ["nothing may be mounted here, as in most containers: only /etc/fstab is kept"]),
    ...(spec.nofail ||
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
