import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, sha256 } from "../lib/digest.ts";
import { openSpool, type Spool } from "./archive.ts";
import { type BuildEnv, containerEnv, containerFiles } from "./build-env.ts";
import { type BuildContainer, type BuildPort, type ContainerSpec, type Limits, withContainer } from "./container.ts";
import { type EngineImage, findImage, platformOf } from "./engine-shapes.ts";
import { type ImageLayer, imageConfig } from "./image.ts";
import { type Layer, makeLayer, withFolders } from "./layer.ts";
import { loadImage } from "./load.ts";
import { UNSTABLE } from "./managers.ts";
import { installPart } from "./package-json.ts";
import type { Install, NodeRecipe } from "./recipe.ts";
import { type TarEntry, textEntry } from "./tar.ts";
import type { Tree } from "./tree.ts";

/** Images of this name hold installed dependencies: a base, and a layer with `node_modules`. */
export const DEPS_REPOSITORY = "drover/deps";

/** Everything a build that installs is given. */
export interface Installing extends BuildPort {
  readonly tree: Tree;
  readonly recipe: NodeRecipe & { readonly install: Install };
  readonly base: EngineImage;
  readonly env: BuildEnv;
  /** Bytes of the recipe's secret files, by their path in the source. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  readonly limits: Limits;
  readonly network?: string;
  /** For the containers that are made on the way. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Dependencies {
  /** Base and dependencies, as an image of the engine. */
  readonly image: EngineImage;
  /** The names of images that were used on the way, this one's among them. */
  readonly used: readonly string[];
  readonly cached: boolean;
  readonly bytesSent: number;
  readonly sentLayers: readonly string[];
}

export type Variant = "all" | "production";

/** Names an install by everything that decides what it leaves. No secret is in it, not even as a digest. */
export function dependencyKey(installing: Pick<Installing, "tree" | "recipe" | "base">, variant: Variant): string {
  const { tree, recipe, base } = installing;
  const manifests = recipe.install.manifests.map((path) => [path, manifestDigest(tree, path)]);
  const { settings } = recipe.install;
  const command = recipe.install[variant];
  return digestOf({ format: 1, manifests, settings, command, base: base.id, platform: platformOf(base) }).slice(0, 40);
}

function manifestDigest(tree: Tree, path: string): string {
  if (isPackageJson(path)) return sha256(reduced(tree, path));
  const entry = tree.entries.find((candidate) => candidate.path === path);
  return entry?.kind === "file" ? entry.digest : "";
}

function isPackageJson(path: string): boolean {
  return path === "package.json" || path.endsWith("/package.json");
}

function reduced(tree: Tree, path: string): string {
  return JSON.stringify(installPart(readFileSync(join(tree.root, path), "utf8")), undefined, 2);
}

/** Dependencies as an image of the engine: found by their key, or installed. */
export async function ensureDependencies(installing: Installing, variant: Variant): Promise<Dependencies> {
  const tag = `${DEPS_REPOSITORY}:${dependencyKey(installing, variant)}`;
  const found = await findImage(installing.api, tag, installing.signal);
  if (found !== undefined && isOn(found, installing.base)) {
    return { image: found, used: [tag], cached: true, bytesSent: 0, sentLayers: [] };
  }
  return await withContainer(installing, containerSpec(installing, installing.base.id), async (container) => {
    await container.put([...buildFiles(installing), ...manifestEntries(installing)]);
    await container.run([installing.recipe.install[variant]]);
    await using layer = await takeModules(installing, container);
    return await keep(installing, layer, tag);
  });
}

/** Whether an image lies on another one. */
export function isOn(image: EngineImage, base: EngineImage): boolean {
  return base.diffIds.every((diffId, index) => image.diffIds[index] === diffId);
}

/** The container that installs or builds for a recipe, from `image`. */
export function containerSpec(installing: Installing, image: string): ContainerSpec {
  const { recipe, env, labels, limits, network } = installing;
  const common = { image, workdir: recipe.workdir, env: containerEnv(env), labels, limits };
  return network === undefined ? common : { ...common, network };
}

/** CA and secrets, where a build finds them. */
export function buildFiles(installing: Installing): TarEntry[] {
  const { recipe, env, secrets } = installing;
  const files = [...secrets].map(([path, bytes]) => textEntry(`${recipe.workdir}/${path}`, bytes, 0o600));
  return [...containerFiles(env), ...withFolders(files)];
}

function manifestEntries({ tree, recipe }: Installing): TarEntry[] {
  const entries = recipe.install.manifests.map((path) => {
    const content = isPackageJson(path) ? reduced(tree, path) : readFileSync(join(tree.root, path));
    return textEntry(`${recipe.workdir}/${path}`, content);
  });
  return withFolders(entries);
}

/** Every `node_modules` of the app in a container, as a layer. */
export async function takeModules(installing: Installing, container: BuildContainer): Promise<Layer> {
  const { recipe, signal } = installing;
  await using spool: Spool = await openSpool(signal);
  for (const folder of moduleFolders(recipe.install.manifests)) {
    const path = `${recipe.workdir}/${folder}`;
    const tar = await container.get(`${path}node_modules`);
    if (tar !== undefined) await spool.add(tar, path, (entry) => !UNSTABLE.test(entry));
  }
  return await makeLayer(spool.entries, signal);
}

/** Folders that may have a `node_modules`: the app's own and its workspaces', each "" or with a slash at its end. */
function moduleFolders(manifests: readonly string[]): string[] {
  return manifests.filter(isPackageJson).map((path) => path.slice(0, -"package.json".length));
}

/** Keeps a layer of dependencies on the engine as an image, so that the next build needs neither install nor bytes. */
export async function keep(installing: Installing, layer: Layer, tag: string): Promise<Dependencies> {
  const { api, base, signal } = installing;
  const layers: ImageLayer[] = [{ diffId: layer.diffId, why: "dependencies", bytes: layer }];
  // Other stacks may use it, too: it belongs to none of them.
  const own = { "drover.build": "dependencies", "drover.deps.diff-id": layer.diffId };
  const config = imageConfig(base, layers, { labels: own });
  const loaded = await loadImage(api, { images: [{ config, tag }], layers }, undefined, signal);
  const image = { ...base, id: config.id, diffIds: config.diffIds };
  return { image, used: [tag], cached: false, bytesSent: loaded.bytesSent, sentLayers: loaded.sentLayers };
}
