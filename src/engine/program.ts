import type { Change } from "../model/change.ts";
import type { Note, RunHeader } from "../model/journal.ts";
import type { HostPlan } from "../model/plan.ts";
import type { Item, Program, Segment } from "../model/program.ts";
import { blobOf } from "../model/step.ts";
import { splitGuarded } from "./guarded.ts";
import { changeItems } from "./items.ts";
import type { Shelves } from "./shelves.ts";

/** Turns a host's plan into the program of its runner. Pure. */
export function programOf(
  plan: HostPlan,
  id: string,
  header: RunHeader,
  shelves: Shelves,
  checkpoint?: string,
): Program {
  const { before, group, after } = splitGuarded(plan.changes, plan.changes);
  const part = (changes: readonly Change[]): Segment[] => cut(changeItems(changes, shelves), plan.machine);
  const guarded = part(group).map((segment) => (segment.items.length === 0 ? segment : { ...segment, guard: true }));
  const last = cut(
    [...changeItems(group.length === 0 ? before : after, shelves), ...noteItems(plan, header.owner)],
    plan.machine,
  );
  return {
    id,
    header,
    segments: [...(group.length === 0 ? [] : [...part(before), ...guarded]), ...last],
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(plan.farewell === true ? { farewell: true } : {}),
  };
}

function noteItems(plan: HostPlan, owner: string): Item[] {
  const records = plan.records.map((note): Item => ({ kind: "note", note, needs: [] }));
  const releases = plan.releases.map((release): Item => {
    const note: Note = { kind: "release", owner, record: release.record };
    return { kind: "note", note, needs: release.after, otherwise: { ...note, failed: true } };
  });
  return [...records, ...releases];
}

/** Cuts where something has to come from outside: a blob of the client, a change of another host, an output known by then. */
function cut(items: readonly Item[], machine: string): Segment[] {
  const segments: { items: Item[]; held?: boolean; awaits?: string[]; blobs?: string[] }[] = [{ items: [] }];
  let supplied = false;
  for (const item of items) {
    const changes = item.kind === "changes" ? item.changes : [];
    const awaits = changes.flatMap((change) => change.needs).filter((need) => !need.startsWith(`${machine}/`));
    const needsBlob: boolean =
      !supplied && changes.some((change) => change.steps.some((step) => blobOf(step) !== undefined));
    const isPending = changes.some((change) => change.pending !== undefined);
    if (awaits.length > 0 || needsBlob || isPending) {
      segments.push({ items: [], held: true, awaits, ...(needsBlob ? { blobs: blobsOf(items) } : {}) });
      supplied ||= needsBlob;
    }
    segments.at(-1)?.items.push(item);
  }
  return segments.filter((segment, index) => index > 0 || segment.items.length > 0 || segments.length === 1);
}

/** Once the client supplies, it supplies all that the host's program needs. */
function blobsOf(items: readonly Item[]): string[] {
  const steps = items
    .flatMap((item) => (item.kind === "changes" ? item.changes : []))
    .flatMap((change) => change.steps);
  return [...new Set(steps.flatMap((step) => blobOf(step) ?? []))];
}
