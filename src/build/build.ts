import { DroverError } from "../lib/error.ts";
import { nodeParts } from "./app-layers.ts";
import { assemble, bare } from "./assemble.ts";
import type { BuildEnv } from "./build-env.ts";
import type { BuildPort, Limits } from "./container.ts";
import type { Installing } from "./deps.ts";
import { buildDockerfile } from "./dockerfile.ts";
import type { EngineImage } from "./engine-shapes.ts";
import type { NodeRecipe, Recipe, StaticRecipe } from "./recipe.ts";
import { sourceEntries } from "./source-entries.ts";
import { siteFiles } from "./static-site.ts";
import { buildLabels, sweepContainers } from "./sweep.ts";
import { type Tree, withoutSecrets } from "./tree.ts";

export interface BuildRequest extends BuildPort, BuildEnv {
  readonly tree: Tree;
  readonly recipe: Recipe;
  /** The resolved base; a Dockerfile names its own. */
  readonly base?: EngineImage;
  /** A Dockerfile's base is asked for anew, at its registry. */
  readonly refresh?: boolean;
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
  /** What the engine had from earlier builds. */
  readonly cached: { readonly deps: boolean; readonly assets: boolean };
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
  await using stack = new AsyncDisposableStack();
  return await assemble({ request, recipe, base, parent: bare(base), stack }, siteFiles(request.tree, recipe));
}

async function buildNode(request: BuildRequest, recipe: NodeRecipe, base: EngineImage): Promise<Built> {
  const { install } = recipe;
  await using stack = new AsyncDisposableStack();
  if (install === undefined) {
    const files = { kept: sourceEntries(request.tree, recipe.workdir), made: [] };
    return await assemble({ request, recipe, base, parent: bare(base), stack }, files);
  }
  const { files, deps } = await nodeParts(installingOf(request, { ...recipe, install }, base), stack);
  return await assemble({ request, recipe, base, parent: deps, stack }, files);
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
