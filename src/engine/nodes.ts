import { CycleError, order } from "../lib/dag.ts";
import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import type { Memory } from "../model/journal.ts";
import { isForgotten, ownedBy } from "../model/memory.ts";
import { type Resource, resourceId } from "../model/resource.ts";
import { type RolloutNode, rolloutEdges } from "../model/rollout.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** What is to be decided about one thing: keep it as its spec says, stop it for a while, or remove it. */
export type Node = { readonly id: string; readonly type: string; readonly name: string; readonly app?: string } & (
  | { readonly kind: "keep"; readonly resource: Resource }
  | { readonly kind: "pause"; readonly group: string }
  | { readonly kind: "remove"; readonly group?: string; readonly brought?: boolean }
);

export interface Sweep {
  readonly type: string;
  readonly name: string;
  readonly app?: string;
  readonly group?: string;
  readonly brought?: boolean;
}

/** Owned things that the file does not want any more. */
export function sweepOf(
  machine: string,
  owner: string,
  resources: readonly Resource[],
  shelves: Shelves,
  memory: Memory,
  answers: Answers,
): Sweep[] {
  const wanted = new Set(resources.map((resource) => resource.id));
  const found = new Map<string, Sweep>();
  for (const [id, owned] of ownedBy(memory, owner)) {
    const at = id.indexOf(":");
    const [type, name] = [id.slice(0, at), id.slice(at + 1)];
    if (owned.found === true || id.includes("#") || shelves.types[type] === undefined) continue;
    const { app, group, brought } = owned;
    found.set(id, {
      type,
      name,
      ...(app === undefined ? {} : { app }),
      ...(group === undefined ? {} : { group }),
      ...(brought === undefined ? {} : { brought }),
    });
  }
  for (const [type, shelf] of Object.entries(shelves.types)) {
    for (const thing of shelf.found?.(answers) ?? []) {
      if (thing.owner !== owner || isForgotten(memory, `${type}:${thing.name}`, owner)) continue;
      const { name, app, group } = thing;
      found.set(`${type}:${name}`, {
        ...found.get(`${type}:${name}`),
        type,
        name,
        ...(app === undefined ? {} : { app }),
        ...(group === undefined ? {} : { group }),
      });
    }
  }
  return [...found.values()].filter((sweep) => !wanted.has(resourceId(machine, sweep.type, sweep.name)));
}

/** All nodes of a machine, with what comes before what, in order. Pure. */
export function orderNodes(
  machine: string,
  resources: readonly Resource[],
  sweep: readonly Sweep[],
  shelves: Shelves,
  answers: Answers,
): { readonly nodes: readonly Node[]; readonly needs: ReadonlyMap<string, readonly string[]> } {
  const nodes = nodesOf(machine, resources, sweep, shelves);
  const edges = new Map<string, Set<string>>(nodes.map((node) => [node.id, new Set()]));
  const link = (before: string, after: string): void => {
    if (before !== after && edges.has(before)) edges.get(after)?.add(before);
  };
  for (const resource of resources) {
    for (const need of resource.needs) edges.get(resource.id)?.add(need);
    for (const need of natural(machine, resource, shelves, edges)) link(need, resource.id);
  }
  for (const edge of rolloutEdges(rolloutNodes(nodes))) link(edge.before, edge.after);
  linkRemovals(machine, nodes, shelves, answers, link);
  const needs = new Map([...edges].map(([id, before]) => [id, [...before]]));
  return { nodes: sorted(nodes, needs, shelves), needs };
}

function nodesOf(machine: string, resources: readonly Resource[], sweep: readonly Sweep[], shelves: Shelves): Node[] {
  const stopFirst = new Set(
    resources.filter((one) => one.rollout?.stopFirst === true).map((one) => one.rollout?.group),
  );
  const kept = resources.map((resource): Node => {
    const { id, type, name, app } = resource;
    return { kind: "keep", id, type, name, resource, ...(app === undefined ? {} : { app }) };
  });
  const gone = sweep.flatMap((one): Node[] => {
    const id = resourceId(machine, one.type, one.name);
    const { type, name, app, group, brought } = one;
    const base = { id, type, name, ...(app === undefined ? {} : { app }) };
    const remove: Node = {
      ...base,
      kind: "remove",
      ...(group === undefined ? {} : { group }),
      ...(brought === undefined ? {} : { brought }),
    };
    const pauses = group !== undefined && stopFirst.has(group) && typeOf(shelves, type).pause !== undefined;
    return pauses ? [{ ...base, kind: "pause", id: `${id}#pause`, group }, remove] : [remove];
  });
  return [...kept, ...gone];
}

/** Edges that follow from what things are: a directory before the files in it. */
function natural(machine: string, resource: Resource, shelves: Shelves, known: ReadonlyMap<string, unknown>): string[] {
  const after = typeOf(shelves, resource.type).after?.(resource.name, resource.spec) ?? [];
  return after.flatMap((want) =>
    want.endsWith(":*")
      ? [...known.keys()].filter((id) => id.startsWith(`${machine}/${want.slice(0, -1)}`))
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
  machine: string,
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
    const observed = shelf.parse(node.name, answers);
    if (observed.kind !== "present" || shelf.after === undefined) continue;
    const after = shelf.after(node.name, shelf.spec(node.name, observed.state));
    for (const other of nodes) {
      if (other.kind === "remove" && covers(after, `${other.type}:${other.name}`)) link(node.id, other.id);
    }
    void machine;
  }
}

function covers(wants: readonly string[], id: string): boolean {
  return wants.some((want) => want === id || (want.endsWith(":*") && id.startsWith(want.slice(0, -1))));
}

function sorted(nodes: readonly Node[], needs: ReadonlyMap<string, readonly string[]>, shelves: Shelves): Node[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const batches = (id: string): boolean => {
    const node = byId.get(id);
    return node !== undefined && shelves.types[node.type]?.batch !== undefined;
  };
  try {
    return order(needs, batches).flatMap((id) => byId.get(id) ?? []);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    throw new DroverError("CONFIG_INVALID", `these need each other: ${error.cycle.join(" -> ")}`, {
      hint: "take one of these needs out",
    });
  }
}
