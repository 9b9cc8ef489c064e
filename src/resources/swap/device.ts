import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers, formatAnswer, parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { refuseHeld } from "../../model/device/held.ts";
import { dropEntry, fstabAnswer, reloadSteps, seenEntry, writeEntry } from "../../model/fstab/entry.ts";
import { isVolumeComing } from "../../model/lvm/device.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { SwapSpec } from "../swap.ts";
import { entryOf, type SwapState, stateOf } from "./plan.ts";
import { makeOn, off, on } from "./steps.ts";

export const isDevice = (path: string): boolean => path.startsWith("/dev/");

/** All of a device: made where it is empty, used where it is swap already, never over anything else. */
export function planDevice(path: string, spec: SwapSpec, { answers, facts }: PlanContext): Planned {
  if (spec.size !== undefined) {
    throw new DroverError("CONFLICT", `swap:${path}: a device is taken whole`, { hint: "leave out its size" });
  }
  const keys = keysOf(path);
  const isMade = heldBy(path, answers) === "swap";
  const state = stateOf(path, answers);
  const entry = entryOf(path, spec.priority);
  const seen = seenEntry(`swap=${path}`, answers);
  const isListed = seen !== undefined && !seen.isRepeated && fstabAnswer(seen) === fstabAnswer(entry);
  const isOn = state.isActive && (spec.priority === undefined || state.priority === String(spec.priority));
  const goesOn = !isOn && state.can;
  const diff: Diff[] = [
    ...(isMade ? [] : [{ path: "device", from: "nothing", to: "swap" }]),
    ...(isListed ? [] : [{ path: "/etc/fstab", from: seen?.options ?? "", to: entry.options }]),
    ...(goesOn ? [{ path: "switched on", from: state.isActive ? "otherwise" : "no", to: "yes" }] : []),
  ];
  const from = { [keys.swap]: answers.get(keys.swap) ?? ABSENT, [keys.fstab]: answers.get(keys.fstab) ?? ABSENT };
  if (diff.length === 0) return noop(from);
  const making = isMade ? { from: {}, to: {} } : promisedOf(path, answers);
  return {
    action: seen === undefined ? "create" : "update",
    diff,
    steps: [
      ...(goesOn && state.isActive ? [off(path)] : []),
      ...(isMade ? [] : [makeOn(path)]),
      ...(isListed ? [] : [writeEntry(entry), ...reloadSteps(facts.init)]),
      ...(goesOn ? [on(path, spec.priority)] : []),
    ],
    from: { ...from, ...making.from },
    to: { [keys.swap]: activeOf(spec, state), [keys.fstab]: fstabAnswer(entry), ...making.to },
    ...(state.can
      ? {}
      : { notes: ["swap may not be switched on here, as in most containers: only its entry is kept"] }),
  };
}

function activeOf({ priority }: SwapSpec, { can, isActive, priority: now = "" }: SwapState): string {
  if (can) return formatAnswer("device", { active: "yes", prio: priority?.toString() ?? ANY });
  return formatAnswer("device", { ...(isActive ? { active: "yes", prio: now } : { active: "no" }), can: "no" });
}

/** What is on it; a volume of this run is empty. */
function heldBy(path: string, answers: Answers): string {
  const { head, fields } = parseAnswer(answers.get(keysOf(path).held) ?? ABSENT);
  if (head === "device") {
    const holds = unword(fields["holds"] ?? "");
    if (holds !== "swap" && holds !== "nothing") refuseHeld(`swap:${path}`, path, holds);
    return holds;
  }
  if (!isVolumeComing(answers) && !isBringing(answers)) {
    throw new DroverError("CONFLICT", `swap:${path}: there is no such device`, {
      hint: "look at what is there with lsblk, and correct its name",
    });
  }
  return "nothing";
}

const EMPTY_SWAP = formatAnswer("device", { holds: "swap", label: "", uuid: ANY, room: "no", mounted: "" });

/** A device that comes with a volume of this run is not there yet; any other has to be empty still. */
function promisedOf(path: string, answers: Answers): Pick<Planned, "from" | "to"> {
  const keys = keysOf(path);
  const seen = answers.get(keys.held) ?? ABSENT;
  const from = parseAnswer(seen).head === "device" ? { [keys.held]: seen } : { [keys.held]: ANY, [keys.swap]: ANY };
  return { from, to: { [keys.held]: EMPTY_SWAP } };
}

function keysOf(path: string): { swap: string; fstab: string; held: string } {
  return { swap: `swap:${path}`, fstab: `fstab:swap=${path}`, held: `filesystem:${path}` };
}

/** The device stays, and may be used again. */
export function planDeviceRemoval(path: string, { answers, facts }: PlanContext): Planned {
  const keys = keysOf(path);
  const { isActive } = stateOf(path, answers);
  const isListed = seenEntry(`swap=${path}`, answers) !== undefined;
  const seen = answers.get(keys.swap) ?? ABSENT;
  return {
    action: "delete",
    diff: [{ path: "swap", from: isActive ? "on" : "listed", to: "" }],
    steps: [
      ...(isActive ? [off(path)] : []),
      ...(isListed ? [dropEntry(entryOf(path, undefined)), ...reloadSteps(facts.init)] : []),
    ],
    from: { [keys.swap]: seen, [keys.fstab]: answers.get(keys.fstab) ?? ABSENT },
    to: { [keys.swap]: isActive ? "device active=no" : seen, [keys.fstab]: ABSENT },
    notes: [`the device ${path} stays, formatted as swap`],
  };
}
