import { type Resource, resourceId } from "../model/resource.ts";
import type { Sweep } from "./nodes.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** Resources that refer to what they run with, and that come after what of it leaves. Pure. */
export function withWhatTheyRunWith(
  machine: string,
  resources: readonly Resource[],
  sweep: readonly Sweep[],
  shelves: Shelves,
): Resource[] {
  const declared = resources.map(({ type, name }) => `${type}:${name}`);
  return resources.map((resource) => {
    const { follows } = typeOf(shelves, resource.type);
    if (follows === undefined) return resource;
    const wants = follows.wants(resource.name);
    const refs = declared.filter((id) => covers(wants, id)).sort();
    const leaving = sweep.filter(({ type, name }) => covers(wants, `${type}:${name}`));
    const before = leaving.map(({ type, name }) => resourceId(machine, type, name));
    return {
      ...resource,
      spec: refs.length === 0 ? resource.spec : follows.into(resource.spec, refs),
      needs: [...resource.needs, ...before],
    };
  });
}

function covers(wants: readonly string[], id: string): boolean {
  return wants.some((want) => (want.endsWith("*") ? id.startsWith(want.slice(0, -1)) : id === want));
}
