import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers, formatAnswer, parseAnswer, unword } from "../../model/answer.ts";
import { foldersAbove } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import {
  dropEntry,
  type FstabEntry,
  fstabAnswer,
  reloadSteps,
  seenEntry,
  writeEntry,
} from "../../model/fstab/entry.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { SwapSpec } from "../swap.ts";
import { make, off, on, rights } from "./steps.ts";

export interface SwapState {
  /** Undefined where the file is not there. */
  readonly size: number | undefined;
  readonly mode: string;
  readonly owner: string;
  readonly holds: string;
  readonly isActive: boolean;
  readonly priority: string | undefined;
  /** Type of the file system that it is on. */
  readonly on: string;
  readonly can: boolean;
}

export function stateOf(path: string, answers: Answers): SwapState {
  const { head, fields } = parseAnswer(answers.get(`swap:${path}`) ?? ABSENT);
  const { size, mode = "", owner = "", holds = "", active, prio, on = "", can } = fields;
  return {
    size: head === "file" ? Number(size) : undefined,
    mode,
    owner,
    holds,
    isActive: active === "yes",
    priority: prio,
    on: unword(on),
    can: can !== "no",
  };
}

export const entryOf = (path: string, priority: number | undefined): FstabEntry => ({
  source: path,
  target: "none",
  type: "swap",
  options: priority === undefined ? "sw" : `sw,pri=${priority}`,
  pass: "0",
});

/** The file is copied on write there, or has no place of its own on a disk: the kernel refuses it, or worse. */
const UNFIT = /^(btrfs|zfs|overlayfs|tmpfs|ramfs|nfs|aufs|squashfs|bcachefs)$/;

export function planSwap(path: string, spec: SwapSpec, context: PlanContext): Planned {
  const { answers, facts } = context;
  const size = sizeOf(path, spec);
  const state = stateOf(path, answers);
  const keys = { swap: `swap:${path}`, fstab: `fstab:swap=${path}` };
  const entry = entryOf(path, spec.priority);
  const seen = seenEntry(`swap=${path}`, answers);
  const isListed = seen !== undefined && !seen.isRepeated && fstabAnswer(seen) === fstabAnswer(entry);
  refuse(path, state, answers);
  const isMade = state.size === size && state.holds === "swap";
  const hasRights = state.mode === "600" && state.owner === "root";
  const isOn = state.isActive && (spec.priority === undefined || state.priority === String(spec.priority));
  const diff: Diff[] = [
    ...(isMade ? [] : [{ path: "size", from: state.size === undefined ? "" : String(state.size), to: String(size) }]),
    ...(isMade && !hasRights ? [{ path: "mode", from: `${state.mode} ${state.owner}`, to: "600 root" }] : []),
    ...(isListed ? [] : [{ path: "/etc/fstab", from: seen?.options ?? "", to: entry.options }]),
    ...((isMade && isOn) || !state.can
      ? []
      : [
          {
            path: "switched on",
            from: onWords(state),
            to: onWords({ ...state, isActive: true, priority: spec.priority?.toString() }),
          },
        ]),
  ];
  const said =
    state.can || state.isActive
      ? {}
      : { notes: ["swap may not be switched on here, as in most containers: only the file and its entry are kept"] };
  const from = { [keys.swap]: anywhere(answers.get(keys.swap)), [keys.fstab]: answers.get(keys.fstab) ?? ABSENT };
  if (diff.length === 0) return { ...noop(from), ...said };
  const goesOff = state.isActive && state.can && !(isMade && isOn);
  return {
    action: state.size === undefined && seen === undefined ? "create" : "update",
    diff,
    steps: [
      ...(goesOff ? [off(path)] : []),
      ...(isMade ? rights(path, hasRights) : [make(path, size)]),
      ...(isListed ? [] : [writeEntry(entry), ...reloadSteps(facts.init)]),
      ...((isMade && isOn) || !state.can ? [] : [on(path, spec.priority)]),
    ],
    from,
    to: { [keys.swap]: promise(spec, size, state), [keys.fstab]: fstabAnswer(entry) },
    ...said,
  };
}

function sizeOf(path: string, { size }: SwapSpec): number {
  if (size !== undefined) return size;
  throw new DroverError("CONFLICT", `swap:${path}: a swap file has no size of its own`, {
    hint: 'say it: `size: "2G"`',
  });
}

/** A mount of this run may come under it. */
function anywhere(answer: string = ABSENT): string {
  return answer.replace(/ on=\S*/, " on=*");
}

function onWords({ isActive, priority }: Pick<SwapState, "isActive" | "priority">): string {
  if (!isActive) return "no";
  return priority === undefined ? "yes" : `yes, priority ${priority}`;
}

function promise(spec: SwapSpec, size: number, state: SwapState): string {
  const active = state.can ? { active: "yes", prio: spec.priority?.toString() ?? "*" } : seenActive(state);
  const end = { on: ANY, ...(state.can ? {} : { can: "no" }) };
  return formatAnswer("file", {
    size: String(size),
    mode: "600",
    owner: "root",
    holds: "swap",
    ...active,
    ...end,
  });
}

function seenActive({ isActive, priority = "" }: SwapState): Record<string, string> {
  return isActive ? { active: "yes", prio: priority } : { active: "no" };
}

function refuse(path: string, state: SwapState, answers: Answers): void {
  // What is mounted by then decides, and the step looks for itself.
  const isOnMount = foldersAbove(path).some(
    (folder) => answers.get(`mount:${folder}`)?.startsWith("mounted by=same") === true,
  );
  if (UNFIT.test(state.on) && !isOnMount) {
    throw new DroverError("CONFLICT", `swap:${path}: a swap file cannot be on ${state.on}`, {
      hint: "name a path on ext4 or xfs; in a container, swap is the host's matter",
    });
  }
  if (state.size !== undefined && state.holds === "other") {
    throw new DroverError("CONFLICT", `swap:${path} is there and holds something else: it is not formatted`, {
      hint: "look at it, move it away, or name another path",
    });
  }
}

/** Its bytes are the kernel's and mean nothing any more: they are not kept. */
export function planRemoval(path: string, { answers, facts }: PlanContext): Planned {
  const state = stateOf(path, answers);
  const keys = { swap: `swap:${path}`, fstab: `fstab:swap=${path}` };
  const isOurs = state.size !== undefined && state.holds !== "other";
  const isListed = seenEntry(`swap=${path}`, answers) !== undefined;
  return {
    action: "delete",
    diff: [{ path: "swap", from: state.size === undefined ? "listed" : `${state.size} bytes`, to: "" }],
    steps: [
      ...(state.isActive ? [off(path)] : []),
      ...(isListed ? [dropEntry(entryOf(path, undefined)), ...reloadSteps(facts.init)] : []),
      ...(isOurs ? [{ kind: "remove" as const, path }] : []),
    ],
    from: { [keys.swap]: answers.get(keys.swap) ?? ABSENT, [keys.fstab]: answers.get(keys.fstab) ?? ABSENT },
    to: {
      [keys.swap]:
        isOurs || state.size === undefined
          ? // What it was on may be unmounted in the same run.
            formatAnswer(ABSENT, { on: ANY, ...(state.can ? {} : { can: "no" }) })
          : (answers.get(keys.swap) ?? ABSENT),
      [keys.fstab]: ABSENT,
    },
    ...(isOurs || state.size === undefined ? {} : { notes: [`${path} holds something else by now, and stays`] }),
  };
}
