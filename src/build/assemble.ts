import { type AppFiles, findAssets, splitFiles } from "./assets.ts";
import type { BuildRequest, Built } from "./build.ts";
import type { Dependencies } from "./deps.ts";
import type { EngineImage } from "./engine-shapes.ts";
import { type ImageLayer, type ImageSettings, imageConfig } from "./image.ts";
import { makeLayer } from "./layer.ts";
import { loadImage } from "./load.ts";
import { KEPT_DEPENDENCIES, noteUse, pruneDependencies } from "./prune.ts";
import type { NodeRecipe, StaticRecipe } from "./recipe.ts";
import { exportLayers } from "./ship.ts";

/** What an app's files are laid on: the base, or the base with dependencies. */
export type Parent = Dependencies;

/** An image as a parent that the engine has already. */
export function bare(image: EngineImage): Parent {
  return { image, used: [], cached: true, bytesSent: 0, sentLayers: [] };
}

export interface Assembly {
  readonly request: BuildRequest;
  readonly recipe: NodeRecipe | StaticRecipe;
  readonly base: EngineImage;
  readonly parent: Parent;
  /** Holds the bytes of what is built. */
  readonly stack: AsyncDisposableStack;
}

/** Lays an app's files on their parent: what seldom changes first, so that the engine has it already. */
export async function assemble({ request, recipe, base, parent, stack }: Assembly, files: AppFiles): Promise<Built> {
  const { api, name, signal } = request;
  const split = splitFiles(files);
  const below = { base, parent: parent.image };
  const assets = split.assets.length === 0 ? undefined : await findAssets(request, below, split.assets, stack);
  const source = stack.use(await makeLayer(split.source, signal));
  const top = { diffId: source.diffId, why: "source", bytes: source };
  const layers: ImageLayer[] = assets === undefined ? [top] : [assets.layer, top];
  const config = imageConfig({ ...base, diffIds: parent.image.diffIds }, layers, settingsOf(recipe, request.labels));
  const cached = { deps: parent.cached, assets: assets === undefined || assets.found !== undefined };
  const images = assets === undefined || cached.assets ? [] : [assets.image];
  const fill = (more: AsyncDisposableStack): Promise<ImageLayer[]> =>
    exportLayers(api, (assets?.found ?? parent.image).id, more, signal);
  const loaded = await loadImage(api, { images: [...images, { config, tag: name }], layers }, fill, signal);
  if (!cached.deps || !cached.assets) {
    await noteUse(api, [...parent.used, ...(assets === undefined ? [] : [assets.image.tag])], signal);
    await pruneDependencies(api, KEPT_DEPENDENCIES, signal);
  }
  return {
    imageId: config.id,
    tag: name,
    baseDigest: base.id,
    bytesSent: parent.bytesSent + loaded.bytesSent,
    sentLayers: [...parent.sentLayers, ...loaded.sentLayers],
    cached,
    ...(loaded.fallback === undefined ? {} : { fallback: loaded.fallback }),
  };
}

function settingsOf(recipe: NodeRecipe | StaticRecipe, labels: Readonly<Record<string, string>>): ImageSettings {
  return {
    cmd: recipe.cmd,
    env: recipe.env,
    workdir: `/${recipe.workdir}`,
    user: recipe.user,
    labels,
    ...(recipe.path === undefined ? {} : { path: recipe.path }),
    ...(recipe.port === undefined ? {} : { port: recipe.port }),
  };
}
