import { DroverError } from "../lib/error.ts";
import type { Answer, Key } from "../model/answer.ts";
import { setAnswers } from "../model/ask/view.ts";
import type { Change } from "../model/change.ts";
import type { Memory, Note } from "../model/journal.ts";
import type { HostPlan, Problem } from "../model/plan.ts";
import type { Outputs } from "../model/reference.ts";
import { decide } from "./decide.ts";
import { checkReferred, type Graph, graphOf, orderNodes } from "./graph.ts";
import { guardedLast } from "./guarded.ts";
import { type HostInput, hostPlan } from "./host-result.ts";
import { type Node, type Sweep, sweepOf } from "./nodes.ts";
import { refuseOneFileTwice } from "./one-file.ts";
import { outputsFrom } from "./outputs.ts";
import { withWhatTheyRunWith } from "./running.ts";
import { hasOthers, inherited } from "./together.ts";

export interface HostResult {
  readonly plan: HostPlan;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  /** Everything that is wanted or ours here, by its id; what is wanted, first. */
  readonly known: ReadonlyMap<string, Node["kind"]>;
}

/** Plans one host on a chain: each change's `to` is laid over the answers before the next is decided. Pure. */
export function planHost(input: HostInput): HostResult {
  const [result] = planHosts([input]);
  if (result === undefined) throw new DroverError("INTERNAL", `no plan was made for ${input.machine}`);
  return result;
}

/** What is gathered about one host on the way. */
interface Draft {
  readonly input: HostInput;
  readonly graph: Graph;
  readonly answers: Map<Key, Answer>;
  readonly chosen: Node[];
  readonly changes: Change[];
  readonly problems: Problem[];
  readonly gone: Note[];
  /** About what stays as it is: what could not be compared, or cannot be as wanted. */
  readonly notes: string[];
  unchanged: number;
}

/** Plans hosts together, in one order: what one refers to on another is decided before. Pure. */
export function planHosts(inputs: readonly HostInput[]): HostResult[] {
  const drafts = inputs.map(draftOf);
  const [first] = inputs;
  if (first === undefined) return [];
  const { shelves } = first;
  const views = new Map(drafts.map((draft) => [draft.input.machine, draft.answers]));
  const byNode = new Map(drafts.flatMap((draft) => draft.graph.nodes.map((node) => [node.id, draft] as const)));
  const graphs = drafts.map((draft) => draft.graph);
  checkReferred(graphs);
  for (const { input, graph } of drafts) refuseOneFileTwice(graph.nodes, input.shelves);
  for (const node of choose(orderNodes(graphs, shelves), graphs, first.only)) {
    const draft = byNode.get(node.id);
    if (draft !== undefined) decideNode(node, draft, outputsFrom(draft.input.machine, views, shelves));
  }
  const all = drafts.flatMap((draft) => draft.changes);
  return drafts.map((draft) => resultOf(draft, all));
}

function draftOf(given: HostInput): Draft {
  const { machine, owner, desired, shelves } = given;
  const memory = given.purge ? inherited(given.memory, owner) : given.memory;
  const input = { ...given, memory };
  const sweep = keepBrought(sweepOf(machine, owner, desired.resources, shelves, memory, input.answers), input);
  const resources = withWhatTheyRunWith(machine, desired.resources, sweep, shelves);
  const graph = graphOf(machine, resources, sweep, shelves, input.answers);
  const answers = new Map(input.answers);
  return { input, graph, answers, chosen: [], changes: [], problems: [], gone: [], notes: [], unchanged: 0 };
}

function decideNode(node: Node, draft: Draft, outputs: Outputs): void {
  const { machine, owner, memory, shelves, adopt } = draft.input;
  const needs = draft.graph.needs.get(node.id) ?? [];
  const unsettled = draft.changes.some((change) => needs.includes(change.id));
  const { answers } = draft;
  draft.chosen.push(node);
  const decision = decide(node, { machine, owner, memory, answers, needs, unsettled, shelves, adopt, outputs });
  if (decision.kind === "problem") {
    draft.problems.push(decision.problem);
    return;
  }
  const { change } = decision;
  setAnswers(draft.answers, change.to);
  if (change.action === "noop") draft.notes.push(...notesOf(node, change));
  if (isGone(node, change, memory))
    draft.gone.push({ kind: "forget", owner, id: `${node.type}:${node.name}`, gone: true });
  else if (change.action === "noop") draft.unchanged += 1;
  else draft.changes.push(change);
}

/** A change shows its own; a note may begin with the name that stands before it here. */
function notesOf({ id, name }: Node, { notes = [] }: Change): string[] {
  return notes.map((note) => `${id}: ${note.startsWith(`${name}: `) ? note.slice(name.length + 2) : note}`);
}

/** An owned thing that left the file and is not there any more: somebody or a failed run took it away. */
function isGone(node: Node, change: Change, memory: Memory): boolean {
  return node.kind === "remove" && change.action === "noop" && memory.owned[`${node.type}:${node.name}`] !== undefined;
}

/** What a place brought stays without --purge, and in any case while another stack is on this machine. */
function keepBrought(sweep: readonly Sweep[], input: HostInput): Sweep[] {
  return sweep.filter((one) => one.brought !== true || (input.purge && !hasOthers(input.memory, input.owner)));
}

/** Only what is asked for and what that needs, on whatever machine. */
function choose(nodes: readonly Node[], graphs: readonly Graph[], only: HostInput["only"]): readonly Node[] {
  if (only === undefined) return nodes;
  const needs = new Map(graphs.flatMap((graph) => [...graph.needs]));
  const wanted = new Set(nodes.filter(only).map((node) => node.id));
  for (const node of nodes.toReversed()) {
    if (wanted.has(node.id) && node.kind !== "remove") for (const need of needs.get(node.id) ?? []) wanted.add(need);
  }
  return nodes.filter((node) => wanted.has(node.id));
}

function resultOf(draft: Draft, all: readonly Change[]): HostResult {
  const { input, graph, chosen, unchanged, gone, problems } = draft;
  const changing = new Set(all.map((change) => change.id));
  const changes = guardedLast(draft.changes, all).map((change) => ({
    ...change,
    needs: change.needs.filter((id) => changing.has(id)),
  }));
  const plan = hostPlan(input, changes, unchanged, graph.nodes, chosen, gone);
  const named = graph.nodes.filter((node) => node.kind !== "pause");
  const known = new Map(named.map((node) => [node.id, node.kind] as const));
  return { plan, problems, notes: [...input.desired.notes, ...draft.notes], known };
}
