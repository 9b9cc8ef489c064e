import type { Answers } from "../model/answer.ts";
import type { Change } from "../model/change.ts";
import type { Memory, Note } from "../model/journal.ts";
import { appKey } from "../model/memory.ts";
import type { HostPlan, PlannedRelease, Problem } from "../model/plan.ts";
import type { ReleaseRecord } from "../model/release.ts";
import { decide } from "./decide.ts";
import type { Desired } from "./desired.ts";
import { type Node, orderNodes, type Sweep, sweepOf } from "./nodes.ts";
import type { Shelves } from "./shelves.ts";

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

export interface HostResult {
  readonly plan: HostPlan;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** Plans one host on a chain: each change's `to` is laid over the answers before the next is decided. Pure. */
export function planHost(input: HostInput): HostResult {
  const { machine, owner, desired, memory, shelves } = input;
  const sweep = keepBrought(sweepOf(machine, owner, desired.resources, shelves, memory, input.answers), input);
  const { nodes, needs } = orderNodes(machine, desired.resources, sweep, shelves, input.answers);
  const chosen = choose(nodes, needs, input.only);
  const answers = new Map(input.answers);
  const changes: Change[] = [];
  const problems: Problem[] = [];
  const gone: Note[] = [];
  let unchanged = 0;
  for (const node of chosen) {
    const context = { machine, owner, memory, answers, needs: needs.get(node.id) ?? [], shelves, adopt: input.adopt };
    const decision = decide(node, context);
    if (decision.kind === "problem") {
      problems.push(decision.problem);
      continue;
    }
    for (const [key, answer] of Object.entries(decision.change.to)) answers.set(key, answer);
    if (isGone(node, decision.change, memory)) gone.push({ kind: "forget", owner, id: `${node.type}:${node.name}` });
    else if (decision.change.action === "noop") unchanged += 1;
    else changes.push(decision.change);
  }
  return { plan: hostPlan(input, prune(changes), unchanged, nodes, chosen, gone), problems, notes: desired.notes };
}

/** An owned thing that left the file and is not there any more: somebody or a failed run took it away. */
function isGone(node: Node, change: Change, memory: Memory): boolean {
  return node.kind === "remove" && change.action === "noop" && memory.owned[`${node.type}:${node.name}`] !== undefined;
}

/** Needs between changes of one host only name what is a change; those of other hosts stay. */
function prune(changes: readonly Change[]): Change[] {
  const ids = new Set(changes.map((change) => change.id));
  return changes.map((change) => ({
    ...change,
    needs: change.needs.filter((need) => ids.has(need) || !need.startsWith(`${change.on}/`)),
  }));
}

/** What a place brought stays without --purge, and in any case while another stack is on this machine. */
function keepBrought(sweep: readonly Sweep[], input: HostInput): Sweep[] {
  return sweep.filter((one) => one.brought !== true || (input.purge && !hasOthers(input)));
}

/** Whether another stack has anything here. */
function hasOthers({ memory, owner }: HostInput): boolean {
  return Object.values(memory.owned).some((owners) => owners.some((owned) => owned.owner !== owner));
}

function choose(
  nodes: readonly Node[],
  needs: ReadonlyMap<string, readonly string[]>,
  only: HostInput["only"],
): readonly Node[] {
  if (only === undefined) return nodes;
  const wanted = new Set(nodes.filter(only).map((node) => node.id));
  for (const node of [...nodes].reverse()) {
    if (wanted.has(node.id) && node.kind !== "remove") for (const need of needs.get(node.id) ?? []) wanted.add(need);
  }
  return nodes.filter((node) => wanted.has(node.id));
}

function hostPlan(
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
    // What is gone is worth a line in the journal, not a run of its own.
    records: [
      ...desired.records.filter((note) => isWhole(appOf(note))),
      ...adoptions(input),
      ...(changes.length > 0 ? gone : []),
    ],
    urls: desired.urls.filter((url) => isWhole(url.app)),
    ...(input.purge && input.only === undefined && input.memory.seq > 0 && !hasOthers(input) ? { farewell: true } : {}),
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
    .map((id) => ({ kind: "adopt", owner: input.owner, id: id.slice(input.machine.length + 1) }));
}
