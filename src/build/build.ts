import { DroverError } from "../lib/error.ts";
import { nodeLayers } from "./app-layers.ts";
import type { BuildEnv } from "./build-env.ts";
import type { BuildPort, Limits } from "./container.ts";
import type { Installing } from "./deps.ts";
import { buildDockerfile } from "./dockerfile.ts";
import type { EngineImage } from "./engine-shapes.ts";
import { type ImageLayer, type ImageSettings, imageConfig } from "./image.ts";
import { type Layer, makeLayer } from "./layer.ts";
import { loadImage } from "./load.ts";
import type { NodeRecipe, Recipe, StaticRecipe } from "./recipe.ts";
import { exportLayers } from "./ship.ts";
import { sourceEntries } from "./source-entries.ts";
import { siteEntries } from "./static-site.ts";
import { buildLabels, sweepContainers } from "./sweep.ts";
import { type Tree, withoutSecrets } from "./tree.ts";

export interface BuildRequest extends BuildPort, BuildEnv {
  readonly tree: Tree;
  readonly recipe: Recipe;
  /** The resolved base; a Dockerfile names its own. */
  readonly base?: EngineImage;
  /** The tag that the image gets. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes of the recipe's secret files, by their path in the source. */
  readonly secrets?: ReadonlyMap<string, Uint8Array>;
  readonly limits?: Limits;
  /** Network of the engine that build containers are on. */
  readonly network?: string;
}

export interface Built {
  /** `sha256:...` */
  readonly imageId: string;
  readonly tag: string;
  /** Id of the base image; undefined when a Dockerfile named it. */
  readonly baseDigest: string | undefined;
  /** Bytes of images sent to the engine. */
  readonly bytesSent: number;
  /** Diff ids of the layers sent. */
  readonly sentLayers: readonly string[];
  readonly cached: { readonly deps: boolean };
  /** Said when the engine did not take a part of an image and all of it was sent. */
  readonly fallback?: string;
}

export const DEFAULT_LIMITS: Limits = { memoryBytes: 2 * 2 ** 30, cpus: 2 };

/** Makes the image of an app on an engine: only what the engine lacks is installed or sent. */
export async function buildImage(whole: BuildRequest): Promise<Built> {
  const { recipe } = whole;
  // Whatever tree was handed in: what is for the build only does not get near a layer.
  const request = { ...whole, tree: withoutSecrets(whole.tree, recipe.secretFiles) };
  try {
    // In parallel: it concerns nothing that this build makes.
    const [built] = await Promise.all([build(request), sweepContainers(whole.api, whole.name, whole.signal)]);
    return built;
  } catch (error) {
    request.signal.throwIfAborted();
    throw error;
  }
}

async function build(request: BuildRequest): Promise<Built> {
  const { recipe, base } = request;
  if (recipe.kind === "dockerfile") return await buildDockerfile({ ...request, recipe });
  if (base === undefined) throw new DroverError("INTERNAL", "a build without a Dockerfile needs a base");
  return recipe.kind === "static" ? await buildStatic(request, recipe, base) : await buildNode(request, recipe, base);
}

async function buildStatic(request: BuildRequest, recipe: StaticRecipe, base: EngineImage): Promise<Built> {
  await using layer = await makeLayer(siteEntries(request.tree, recipe), request.signal);
  const parent = { image: base, cached: true, bytesSent: 0, sentLayers: [] };
  return await assemble(request, recipe, base, parent, { layer, why: "site" });
}

async function buildNode(request: BuildRequest, recipe: NodeRecipe, base: EngineImage): Promise<Built> {
  const { install } = recipe;
  if (install === undefined) {
    await using layer = await makeLayer(sourceEntries(request.tree, recipe.workdir), request.signal);
    const parent = { image: base, cached: true, bytesSent: 0, sentLayers: [] };
    return await assemble(request, recipe, base, parent, { layer, why: "source" });
  }
  const { source, deps } = await nodeLayers(installingOf(request, { ...recipe, install }, base));
  await using layer = source;
  return await assemble(request, recipe, base, deps, { layer, why: "source" });
}

function installingOf(request: BuildRequest, recipe: Installing["recipe"], base: EngineImage): Installing {
  const { api, signal, onOutput, tree, labels, network, proxy, ca } = request;
  return {
    ...{ api, signal, onOutput, tree, recipe, base },
    labels: { ...labels, ...buildLabels(request.name) },
    env: { ...(proxy === undefined ? {} : { proxy }), ...(ca === undefined ? {} : { ca }) },
    secrets: request.secrets ?? new Map(),
    limits: request.limits ?? DEFAULT_LIMITS,
    ...(network === undefined ? {} : { network }),
  };
}

interface Parent {
  readonly image: EngineImage;
  readonly cached: boolean;
  readonly bytesSent: number;
  readonly sentLayers: readonly string[];
}

async function assemble(
  request: BuildRequest,
  recipe: NodeRecipe | StaticRecipe,
  base: EngineImage,
  parent: Parent,
  top: { readonly layer: Layer; readonly why: string },
): Promise<Built> {
  const { api, name, signal } = request;
  const layers: ImageLayer[] = [{ diffId: top.layer.diffId, why: top.why, bytes: top.layer }];
  const config = imageConfig({ ...base, diffIds: parent.image.diffIds }, layers, settingsOf(recipe, request.labels));
  const fill = (stack: AsyncDisposableStack): Promise<ImageLayer[]> =>
    exportLayers(api, parent.image.id, stack, signal);
  const loaded = await loadImage(api, { config, layers, tag: name }, fill, signal);
  return {
    imageId: config.id,
    tag: name,
    baseDigest: base.id,
    bytesSent: parent.bytesSent + loaded.bytesSent,
    sentLayers: [...parent.sentLayers, ...loaded.sentLayers],
    cached: { deps: parent.cached },
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
