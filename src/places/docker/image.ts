import { imageName, imageOwner } from "../../model/docker/name.ts";
import type { BuildRequest } from "../../model/place.ts";
import type { Resource } from "../../model/resource.ts";
import { idOf, type Lowering, resource } from "./context.ts";

export interface AppImage {
  readonly reference: string;
  readonly resources: readonly Resource[];
  readonly builds: readonly BuildRequest[];
}

/** What makes a base on the spot from the machine's own Debian archive, for builds without a Dockerfile. */
const BASE_MAKER = "mmdebstrap";

/** The release's image, built or pulled, and those of kept releases. */
export function imageOf(lowering: Lowering): AppImage {
  const { app, name, release, target } = lowering;
  const input = release.inputs.image;
  if (app.source === undefined) {
    const reference = app.image ?? input;
    const own = resource(lowering, "image", reference, { pull: true });
    return { reference, resources: [own, ...keptImages(lowering, reference)], builds: [] };
  }
  const reference = imageName(target.owner, lowering.root, input);
  const needs = needsBase(lowering) ? [idOf(lowering, "package", BASE_MAKER)] : [];
  const own = resource(lowering, "image", reference, { blob: input, pull: false }, { app: name, needs });
  const build = { blob: input, app: name, image: reference, machine: target.machine };
  return { reference, resources: [own, ...keptImages(lowering, reference)], builds: [build] };
}

/** Those of others come from a registry again when they are needed. */
function keptImages(lowering: Lowering, current: string): Resource[] {
  const references = new Set(lowering.target.kept.map(({ image }) => image));
  return [...references]
    .filter((reference) => reference !== current && imageOwner(reference)?.owner === lowering.target.owner)
    .map((reference) => resource(lowering, "image", reference, { pull: false }, { app: lowering.name }));
}

export function needsBase({ app, assembled, target }: Lowering): boolean {
  return assembled && (app.build.on === undefined || app.build.on === target.machine);
}

export function baseResources(lowering: Lowering): Resource[] {
  return needsBase(lowering) ? [resource(lowering, "package", BASE_MAKER, {}, { brought: true })] : [];
}
