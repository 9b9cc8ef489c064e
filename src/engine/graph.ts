import { CycleError, dependants, type Needs, order } from "../lib/dag.ts";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import type { Answers } from "../model/answer.ts";
import { outputRefsIn, referredId } from "../model/reference.ts";
import type { Resource } from "../model/resource.ts";
import { type RolloutNode, rolloutEdges } from "../model/rollout.ts";
import { standIn } from "./known-after.ts";
import { type Node, nodesOf, type Sweep } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** The nodes of one machine, and what comes before each: ids of this machine, and of others where a reference says so. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

/** All nodes of a machine, with what comes before what. Pure. */
export function graphOf(
  machine: string,
  resources: readonly Resource[],
  sweep: readonly Sweep[],
  shelves: Shelves,
  answers: Answers,
): Graph {
  const nodes = nodesOf(machine, resources, sweep, shelves);
  const edges = new Map<string, Set<string>>(nodes.map((node) => [node.id, new Set()]));
  const link = (before: string, after: string): void => {
    if (before !== after && edges.has(before)) edges.get(after)?.add(before);
  };
  for (const resource of resources) {
    for (const need of [...resource.needs, ...referred(resource, machine)]) edges.get(resource.id)?.add(need);
  }
  const said = new Map([...edges].map(([id, before]) => [id, [...before]]));
  for (const resource of resources) {
    for (const need of natural(machine, resource, shelves, edges, said)) link(need, resource.id);
  }
  for (const edge of rolloutEdges(rolloutNodes(nodes))) link(edge.before, edge.after);
  linkRemovals(nodes, shelves, answers, link);
  return { nodes, needs: new Map([...edges].map(([id, before]) => [id, [...before]])) };
}

/** What a spec refers to is an edge by itself. */
function referred(resource: Resource, machine: string): string[] {
  return outputRefsIn(resource.spec).flatMap((ref) => referredId(ref, machine) ?? []);
}

/** Refuses references to what is not there. Pure. */
export function checkReferred(graphs: readonly Graph[]): void {
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const ids = nodes.flatMap((node) => (node.kind === "keep" ? [node.id] : []));
  for (const node of nodes) {
    if (node.kind !== "keep") continue;
    const missing = referred(node.resource, node.resource.on).find((id) => !ids.includes(id));
    if (missing === undefined) continue;
    const meant = nearest(missing, ids);
    throw new DroverError("CONFIG_INVALID", `${node.id} refers to ${missing}, which is not in this run`, {
      where: { resource: node.id },
      hint: meant === undefined ? "declare it, and leave its machine out of no --on" : `did you mean ${meant}?`,
    });
  }
}

/**
 * Edges that follow from what things are: a directory before the files in it. One to all of a type gives way to what was
 * said: a package that a repository needs comes before it, though packages come after repositories.
 */
function natural(
  machine: string,
  resource: Resource,
  shelves: Shelves,
  known: ReadonlyMap<string, unknown>,
  said: Needs,
): string[] {
  const after = typeOf(shelves, resource.type).after?.(resource.name, standIn(resource.spec)) ?? [];
  const wanting = after.some((want) => want.endsWith(":*")) ? dependants(said, resource.id) : new Set();
  return after.flatMap((want) =>
    want.endsWith(":*")
      ? [...known.keys()].filter((id) => id.startsWith(`${machine}/${want.slice(0, -1)}`) && !wanting.has(id))
      : [`${machine}/${want}`],
  );
}

function rolloutNodes(nodes: readonly Node[]): RolloutNode[] {
  return nodes.flatMap((node): RolloutNode[] => {
    if (node.kind === "keep") {
      const rollout = node.resource.rollout;
      return rollout === undefined ? [] : [{ id: node.id, group: rollout.group, role: rollout.role }];
    }
    if (node.group === undefined) return [];
    return [{ id: node.id, group: node.group, role: node.kind === "pause" ? "pause" : "old" }];
  });
}

/** Removals run the other way round, and an app's leftovers go only when its new things stand. */
function linkRemovals(
  nodes: readonly Node[],
  shelves: Shelves,
  answers: Answers,
  link: (before: string, after: string) => void,
): void {
  const standing = nodes.filter((node) => node.kind === "keep" && node.resource.rollout !== undefined);
  for (const node of nodes) {
    if (node.kind !== "remove") continue;
    for (const other of standing) if (other.app === node.app && node.app !== undefined) link(other.id, node.id);
    const shelf = typeOf(shelves, node.type);
    for (const other of nodes) if (shelf.leavesAfter?.includes(other.type)) link(other.id, node.id);
    const observed = shelf.parse(node.name, answers);
    if (observed.kind !== "present" || shelf.after === undefined) continue;
    const spec = shelf.spec(node.name, observed.state);
    // What is half gone says nothing of what it stands on: it goes in any order.
    const after = spec === undefined ? [] : shelf.after(node.name, spec);
    for (const other of nodes) {
      if (other.kind === "remove" && covers(after, `${other.type}:${other.name}`)) link(node.id, other.id);
    }
  }
}

function covers(wants: readonly string[], id: string): boolean {
  return wants.some((want) => want === id || (want.endsWith(":*") && id.startsWith(want.slice(0, -1))));
}

/**
 * One order for the nodes of all machines, so that a machine that waits for another never waits for itself. What is
 * merged into one transaction gathers. Pure.
 */
export function orderNodes(graphs: readonly Graph[], shelves: Shelves): Node[] {
  const byId = new Map(graphs.flatMap((graph) => graph.nodes).map((node) => [node.id, node]));
  const batches = (id: string): boolean => {
    const node = byId.get(id);
    const type = node === undefined ? undefined : shelves.types[node.type];
    return type?.batch !== undefined && type.batchOf === undefined;
  };
  try {
    return order(new Map(graphs.flatMap((graph) => [...graph.needs])), batches).flatMap((id) => byId.get(id) ?? []);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    throw new DroverError("CONFIG_INVALID", `these need each other: ${error.cycle.join(" -> ")}`, {
      hint: "take one of these needs out",
    });
  }
}
