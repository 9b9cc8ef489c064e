import { CycleError, order } from "../lib/dag.ts";
import { nearest } from "../lib/nearest.ts";
import { unknownTarget } from "./check-machines.ts";
import { atOdds } from "./check-paths.ts";
import type { Draft, DraftResource } from "./draft.ts";
import { type Fault, formatPath, quoted } from "./fault.ts";
import { textsOf } from "./parts.ts";

/** What is wrong between resources: on no machine, twice there, at odds over a path, needing what is not there or each other. */
export function checkResources(draft: Draft): Fault[] {
  return Object.entries(draft.resources).flatMap(([machine, resources]) => {
    const stray: Fault[] = Object.hasOwn(draft.machines, machine)
      ? []
      : [{ path: ["resources", machine], text: unknownTarget(machine, draft) }];
    return [...stray, ...wrongAmong(resources)];
  });
}

/** What is wrong between the resources of one machine. */
export function wrongAmong(resources: readonly DraftResource[]): Fault[] {
  return [
    ...twice(resources),
    ...atOdds(resources),
    ...missingNeeds(resources),
    ...cycle(resources),
    ...formerNames(resources),
  ];
}

function twice(resources: readonly DraftResource[]): Fault[] {
  const seen = new Map<string, DraftResource>();
  return resources.flatMap((resource) => {
    if (resource.id === undefined) return [];
    const first = seen.get(resource.id);
    if (first === undefined) seen.set(resource.id, resource);
    return first === undefined
      ? []
      : [
          {
            path: resource.path,
            about: resource.id,
            text: `is there twice, first as ${formatPath(first.path)}`,
          },
        ];
  });
}

function missingNeeds(resources: readonly DraftResource[]): Fault[] {
  const ids = resources.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return resources.flatMap((resource) =>
    textsOf(resource.fields["needs"])
      .filter(({ text }) => !ids.includes(text))
      .map(({ text, path }) => ({ path: [...resource.path, "needs", ...path], text: unknownNeed(text, ids) })),
  );
}

function unknownNeed(need: string, ids: readonly string[]): string {
  const meant = nearest(need, ids);
  const text = `no resource of this machine is ${quoted(need)}`;
  return meant === undefined ? `${text}; write \`type:name\`` : `${text}; did you mean ${quoted(meant)}?`;
}

function cycle(resources: readonly DraftResource[]): Fault[] {
  const needs = new Map<string, string[]>();
  for (const { id, fields } of resources) {
    if (id !== undefined)
      needs.set(
        id,
        textsOf(fields["needs"]).map(({ text }) => text),
      );
  }
  try {
    order(needs);
    return [];
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    const [first] = resources;
    return [
      {
        path: first?.path.slice(0, 2) ?? ["resources"],
        text: `these need each other: ${error.cycle.map(quoted).join(" -> ")}`,
      },
    ];
  }
}

function formerNames(resources: readonly DraftResource[]): Fault[] {
  const ids = new Set(resources.map(({ id }) => id));
  const claimed = new Set<string>();
  return resources.flatMap((resource) => {
    const { was, type } = resource.fields;
    if (typeof was !== "string" || typeof type !== "string") return [];
    const former = `${type}:${was}`;
    const taken = ids.has(former) || claimed.has(former);
    claimed.add(former);
    return taken
      ? [{ path: [...resource.path, "was"], text: `${quoted(former)} is still in use, or claimed twice` }]
      : [];
  });
}
