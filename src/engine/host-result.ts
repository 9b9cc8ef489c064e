import type { Answers } from "../model/answer.ts";
import type { Change } from "../model/change.ts";
import type { Memory, Note } from "../model/journal.ts";
import { appKey } from "../model/memory.ts";
import type { HostPlan, PlannedRelease } from "../model/plan.ts";
import type { ReleaseRecord } from "../model/release.ts";
import type { Desired } from "./desired.ts";
import type { Node } from "./nodes.ts";
import type { Shelves } from "./shelves.ts";
import { hasOthers } from "./together.ts";

/** What the plan of a host is made from. */
export interface HostInput {
  readonly machine: string;
  readonly machineId: string;
  readonly owner: string;
  readonly desired: Desired;
  readonly memory: Memory;
  readonly answers: Answers;
  readonly shelves: Shelves;
  /** Remove what places brought, too. */
  readonly purge: boolean;
  readonly adopt: ReadonlySet<string>;
  /** Only these ids and what they need; undefined for all. */
  readonly only?: (node: { readonly id: string; readonly app?: string }) => boolean;
}

/** The plan of a host from what was decided about its things. Pure. */
export function hostPlan(
  input: HostInput,
  changes: readonly Change[],
  unchanged: number,
  nodes: readonly Node[],
  chosen: readonly Node[],
  gone: readonly Note[],
): HostPlan {
  const { desired, memory, owner, machine, machineId } = input;
  const ids = new Set(changes.map((change) => change.id));
  const isWhole = wholeApps(nodes, chosen);
  const releases = desired.releases
    .filter((record) => isWhole(record.app))
    .filter((record) => isNews(record, owner, memory, changes))
    .map((record): PlannedRelease => ({ record, after: standing(record.app, nodes).filter((id) => ids.has(id)) }));
  return {
    machine,
    machineId,
    changes,
    unchanged,
    builds: desired.builds.filter((build) => changes.some((change) => change.name === build.image)),
    releases,
    records: [
      ...desired.records.filter((note) => isWhole(appOf(note))),
      ...adoptions(input),
      // Also in a run of its own: a claim on what is not there would keep another stack from it.
      ...gone,
    ],
    urls: desired.urls.filter((url) => isWhole(url.app)),
    ...(input.answers.get("journal:left") === "yes" ? { sweeps: true } : {}),
    ...(input.purge && input.only === undefined && input.memory.seq > 0 && !hasOthers(memory, owner)
      ? { farewell: true }
      : {}),
  };
}

/** Apps of which everything was chosen: a part of an app makes no release, is not proven, and keeps its pin. */
function wholeApps(nodes: readonly Node[], chosen: readonly Node[]): (app: string | undefined) => boolean {
  const taken = new Set(chosen.map((node) => node.id));
  const parts = nodes.filter((node) => node.kind === "keep" && node.app !== undefined && !taken.has(node.id));
  const partial = new Set(parts.map((node) => node.app));
  return (app) => !partial.has(app);
}

function appOf(note: Note): string | undefined {
  if (note.kind === "pin" || note.kind === "unpin") return note.app;
  return note.kind === "rename" && note.what === "app" ? note.to : undefined;
}

/** A release is recorded when it was not the newest good one, or when something of it moves. */
function isNews(record: ReleaseRecord, owner: string, memory: Memory, changes: readonly Change[]): boolean {
  const newest = (memory.releases[appKey(owner, record.app)] ?? [])[0];
  const moves = changes.some((change) => change.app === record.app && change.rollout?.role === "new");
  return moves || newest === undefined || newest.failed || newest.record.release !== record.release;
}

function standing(app: string, nodes: readonly Node[]): string[] {
  return nodes.filter((node) => node.kind === "keep" && node.app === app).map((node) => node.id);
}

function adoptions(input: HostInput): Note[] {
  return [...input.adopt]
    .filter((id) => id.startsWith(`${input.machine}/`))
    .map((id) => id.slice(input.machine.length + 1))
    .filter((id) => !(input.memory.owned[id] ?? []).some((owned) => owned.owner === input.owner))
    .map((id) => ({ kind: "adopt", owner: input.owner, id }));
}
