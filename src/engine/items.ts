import { matches } from "../model/answer.ts";
import type { Change } from "../model/change.ts";
import type { Item } from "../model/program.ts";
import { blobOf } from "../model/step.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** So many brief changes are looked at together at most: what a kill leaves half done stays small. */
const TOGETHER = 32;

/** Neighbours become one item where their type merges them into one transaction, or says that they are brief. Pure. */
export function changeItems(changes: readonly Change[], shelves: Shelves): Item[] {
  const items: Change[][] = [];
  for (const change of changes) {
    const last = items.at(-1);
    if (last !== undefined && joins(last, change, shelves)) last.push(change);
    else items.push([change]);
  }
  return items.map((item) => itemOf(item, shelves));
}

/** The item of some changes: with the steps of one transaction, where their type merges them. */
export function itemOf(changes: readonly Change[], shelves: Shelves): Item {
  const [first] = changes;
  const batch = first === undefined || changes.length === 1 ? undefined : typeOf(shelves, first.type).batch;
  return { kind: "changes", changes, ...(batch === undefined ? {} : { merged: batch(changes) }) };
}

function joins(item: readonly Change[], change: Change, shelves: Shelves): boolean {
  if (isMerged(change, shelves)) return canMerge(item, change);
  return [...item, change].every((one) => isBrief(one, shelves)) && canShare(item, change);
}

function isMerged(change: Change, shelves: Shelves): boolean {
  return change.action !== "delete" && typeOf(shelves, change.type).batch !== undefined;
}

function canMerge(item: readonly Change[], change: Change): boolean {
  return item.every((one) => one.type === change.type && one.action !== "delete" && !change.needs.includes(one.id));
}

/** What waits for something of elsewhere, or belongs to a rollout, stays by itself. */
function isBrief(change: Change, shelves: Shelves): boolean {
  const { pending, rollout, steps, undo = [] } = change;
  const type = typeOf(shelves, change.type);
  const isPlain = type.batch === undefined && pending === undefined && rollout === undefined && undo.length === 0;
  return type.brief === true && isPlain && steps.every((step) => step.kind !== "wait" && blobOf(step) === undefined);
}

function canShare(item: readonly Change[], change: Change): boolean {
  const fits = item.every(
    (one) => one.type === change.type && !change.needs.includes(one.id) && isApart(one, change) && !waits(one, change),
  );
  return fits && item.length < TOGETHER;
}

/** A need of another machine cuts the program before the item: nothing that does not need it may wait with it. */
function waits(one: Change, other: Change): boolean {
  const foreign = (change: Change): string =>
    change.needs
      .filter((need) => need.split("/")[0] !== change.id.split("/")[0])
      .sort()
      .join(" ");
  return foreign(one) !== foreign(other);
}

/** Both allow what is there before the first, and leave the same of what both move. */
function isApart(before: Change, after: Change): boolean {
  const keys = new Set([...Object.keys(before.from), ...Object.keys(before.to)]);
  return [...Object.keys(after.from), ...Object.keys(after.to)].every((key) => {
    if (!keys.has(key)) return true;
    const [first, then] = [before.from[key], after.from[key]];
    const isAllowed = first === undefined ? then === undefined : then !== undefined && matches(then, first);
    return isAllowed && before.to[key] === after.to[key];
  });
}
