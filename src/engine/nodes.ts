import type { Answers } from "../model/answer.ts";
import type { Memory } from "../model/journal.ts";
import { isForgotten, isPause, ownedBy } from "../model/memory.ts";
import { type Resource, resourceId } from "../model/resource.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** What is to be decided about one thing: keep it as its spec says, stop it for a while, or remove it. */
export type Node = { readonly id: string; readonly type: string; readonly name: string; readonly app?: string } & (
  | { readonly kind: "keep"; readonly resource: Resource }
  | { readonly kind: "pause"; readonly group: string }
  | { readonly kind: "remove"; readonly group?: string; readonly brought?: boolean; readonly found?: boolean }
);

export interface Sweep {
  readonly type: string;
  readonly name: string;
  readonly app?: string;
  readonly group?: string;
  readonly brought?: boolean;
  /** Others made it, and this stack alone set something of it: it is let go of, as it is. */
  readonly found?: boolean;
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
    if (isPause({ ...owned, id }) || shelves.types[type] === undefined) continue;
    const isFound = owned.found === true;
    // What is shared, others may use as they find it, too.
    if (isFound && typeOf(shelves, type).sharing === "shared") continue;
    const { app, group, brought } = owned;
    found.set(id, {
      type,
      name,
      ...(app === undefined ? {} : { app }),
      ...(group === undefined ? {} : { group }),
      ...(brought === undefined ? {} : { brought }),
      ...(isFound ? { found: true } : {}),
    });
  }
  for (const [type, shelf] of Object.entries(shelves.types)) {
    for (const thing of shelf.found?.(answers) ?? []) {
      const { name, app, group } = thing;
      if ((thing.owner ?? owner) !== owner || isForgotten(memory, `${type}:${name}`, owner)) continue;
      found.set(`${type}:${name}`, {
        ...found.get(`${type}:${name}`),
        type,
        name,
        ...(app === undefined ? {} : { app }),
        ...(group === undefined ? {} : { group }),
        ...(thing.owner === undefined ? { brought: true } : {}),
      });
    }
  }
  return [...found.values()].filter((sweep) => !wanted.has(resourceId(machine, sweep.type, sweep.name)));
}

/** One node for each thing that is wanted or leaves; a pause besides, where a rollout stops the old one first. */
export function nodesOf(
  machine: string,
  resources: readonly Resource[],
  sweep: readonly Sweep[],
  shelves: Shelves,
): Node[] {
  const stopFirst = new Set(
    resources.filter((one) => one.rollout?.stopFirst === true).map((one) => one.rollout?.group),
  );
  const kept = resources.map((resource): Node => {
    const { id, type, name, app } = resource;
    return { kind: "keep", id, type, name, resource, ...(app === undefined ? {} : { app }) };
  });
  const gone = sweep.flatMap((one): Node[] => {
    const id = resourceId(machine, one.type, one.name);
    const { type, name, app, group, brought, found } = one;
    const base = { id, type, name, ...(app === undefined ? {} : { app }) };
    const remove: Node = {
      ...base,
      kind: "remove",
      ...(group === undefined ? {} : { group }),
      ...(brought === undefined ? {} : { brought }),
      ...(found === undefined ? {} : { found }),
    };
    const pauses = group !== undefined && stopFirst.has(group) && typeOf(shelves, type).pause !== undefined;
    return pauses ? [{ ...base, kind: "pause", id: `${id}#pause`, group }, remove] : [remove];
  });
  return [...kept, ...gone];
}
