import { nearest } from "../lib/nearest.ts";
import { isGlob, matchesGlob } from "../model/glob.ts";
import type { Draft } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";
import { ALL, memberTexts } from "./groups.ts";
import { fieldsOf } from "./parts.ts";

/** What is wrong with groups: names that are taken, members that are not there, groups within themselves. */
export function checkGroups(draft: Draft): Fault[] {
  return [
    ...Object.keys(draft.written).flatMap((name) => [...takenName(name, draft), ...wrongMembers(name, draft)]),
    ...idleLimits(draft),
    ...twoBatches(draft),
  ];
}

function takenName(name: string, { machines }: Draft): Fault[] {
  const path = ["groups", name];
  if (Object.hasOwn(machines, name))
    return [{ path, text: `machines.${name} has this name: give one of them another` }];
  return name === ALL ? [{ path, text: "is every machine by itself: give this group another name" }] : [];
}

function wrongMembers(name: string, { machines, written }: Draft): Fault[] {
  const keys = Object.keys(machines);
  return memberTexts(written[name]).flatMap(({ text, path }) => {
    const at = ["groups", name, ...path];
    if (keys.includes(text) || text === ALL) return [];
    if (isGlob(text)) {
      return keys.some((key) => matchesGlob(key, text))
        ? []
        : [{ path: at, text: `no machine matches ${quoted(text)}` }];
    }
    if (!Object.hasOwn(written, text))
      return [{ path: at, text: unknownMember(text, [...keys, ...Object.keys(written)]) }];
    return isWithin(name, text, written) ? [{ path: at, text: `${quoted(text)} has ${quoted(name)} in it` }] : [];
  });
}

function unknownMember(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const text = `no machine or group is called ${quoted(name)}`;
  return meant === undefined ? text : `${text}; did you mean ${quoted(meant)}?`;
}

/** Whether a group is among what another one names, however deep. */
function isWithin(name: string, other: string, written: Draft["written"], seen = new Set<string>()): boolean {
  if (name === other) return true;
  if (seen.has(other)) return false;
  seen.add(other);
  return memberTexts(written[other]).some(({ text }) => isWithin(name, text, written, seen));
}

function idleLimits({ written }: Draft): Fault[] {
  return Object.entries(written).flatMap(([name, group]) => {
    const { batch, maxFailures } = fieldsOf(group);
    if (batch !== undefined || maxFailures === undefined) return [];
    return [{ path: ["groups", name, "maxFailures"], text: "needs `batch`: without it all machines begin at once" }];
  });
}

/** Which batch a machine goes with must be one answer. */
function twoBatches({ groups, written }: Draft): Fault[] {
  const taken = new Map<string, string>();
  return Object.entries(written).flatMap(([name, group]) => {
    if (fieldsOf(group)["batch"] === undefined) return [];
    return (groups.get(name) ?? []).flatMap((machine) => {
      const other = taken.get(machine);
      taken.set(machine, other ?? name);
      if (other === undefined) return [];
      return [
        { path: ["groups", name, "batch"], text: `${quoted(machine)} is in groups.${other}, which has \`batch\`, too` },
      ];
    });
  });
}
