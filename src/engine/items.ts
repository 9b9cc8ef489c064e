import { matches } from "../model/answer.ts";
import type { Change } from "../model/change.ts";
import type { Item } from "../model/program.ts";
import { blobOf } from "../model/step.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** So many brief changes are looked at together at most: what a kill leaves half done stays small. */
const TOGETHER = 32;

interface Draft {
  readonly changes: Change[];
  /** Whether it is one transaction. */
  isOne: boolean;
}

/** Neighbours become one item where their type merges them into one transaction, or says that they are brief. Pure. */
export function changeItems(changes: readonly Change[], shelves: Shelves): Item[] {
  const items: Draft[] = [];
  for (const change of changes) {
    const last = items.at(-1);
    if (last === undefined || !joins(last, change, shelves)) items.push({ changes: [change], isOne: false });
  }
  return items.map((item) => itemOf(item.changes, shelves));
}

/** The item of some changes: with the steps of one transaction, where their type merges them, for those that can be done. */
export function itemOf(
  changes: readonly Change[],
  shelves: Shelves,
  canBeDone: (change: Change) => boolean = () => true,
): Extract<Item, { kind: "changes" }> {
  const [first, ...others] = changes;
  if (first === undefined || others.length === 0) return { kind: "changes", changes };
  const { batch, batchRemoval } = typeOf(shelves, first.type);
  const merge = first.action === "delete" ? batchRemoval : batch;
  const isOne = others.every((one, at) => merges(changes.slice(0, at + 1), one, shelves));
  const merged = merge !== undefined && isOne ? { merged: merge(changes.filter(canBeDone)) } : {};
  return { kind: "changes", changes, ...merged };
}

function joins(item: Draft, change: Change, shelves: Shelves): boolean {
  const { changes, isOne } = item;
  const mayMerge = isOne || changes.length === 1;
  if (mayMerge && merges(changes, change, shelves)) item.isOne = true;
  else if (isOne || !shares(changes, change, shelves)) return false;
  changes.push(change);
  return true;
}

/** Whether a change belongs to the transaction of others. */
function merges(item: readonly Change[], change: Change, shelves: Shelves): boolean {
  const { batch, batchOf, batchRemoval } = typeOf(shelves, change.type);
  const goes = change.action === "delete";
  if ((goes ? batchRemoval : batch) === undefined) return false;
  const fits = item.every(
    (one) => one.type === change.type && (one.action === "delete") === goes && !change.needs.includes(one.id),
  );
  if (!fits || goes || batchOf === undefined) return fits;
  const common = batchOf(change);
  const isReady = (one: Change): boolean => one.pending === undefined && batchOf(one) === common;
  return common !== undefined && isReady(change) && item.every((one) => isReady(one) && isBeside(one, change));
}

function shares(item: readonly Change[], change: Change, shelves: Shelves): boolean {
  return [...item, change].every((one) => isBrief(one, shelves)) && canShare(item, change);
}

/** What waits for something of elsewhere, or belongs to a rollout, stays by itself. */
function isBrief(change: Change, shelves: Shelves): boolean {
  const { pending, rollout, steps, undo = [] } = change;
  const type = typeOf(shelves, change.type);
  const isPlain =
    (type.batch === undefined || type.batchOf !== undefined) &&
    pending === undefined &&
    rollout === undefined &&
    undo.length === 0;
  return type.brief === true && isPlain && steps.every((step) => step.kind !== "wait" && blobOf(step) === undefined);
}

function canShare(item: readonly Change[], change: Change): boolean {
  const fits = item.every((one) => one.type === change.type && !change.needs.includes(one.id) && isBeside(one, change));
  return fits && item.length < TOGETHER;
}

function isBeside(one: Change, change: Change): boolean {
  return isApart(one, change) && !waits(one, change);
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
