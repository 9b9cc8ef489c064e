import { basename } from "node:path";
import { openSpool } from "./archive.ts";
import type { BuildContainer } from "./container.ts";
import { withContainer } from "./container.ts";
import {
  buildFiles,
  containerSpec,
  DEPS_REPOSITORY,
  type Dependencies,
  ensureDependencies,
  type Installing,
  keep,
  takeModules,
} from "./deps.ts";
import { findImage } from "./engine-shapes.ts";
import { type Layer, makeLayer, withFolders } from "./layer.ts";
import { sourceEntries } from "./source-entries.ts";
import type { TarEntry } from "./tar.ts";
import { isSecretFile } from "./tree.ts";

/** The two upper parts of a Node app's image. */
export interface AppLayers {
  readonly deps: Dependencies;
  readonly source: Layer;
}

/** Dependencies and source of an app: as they are, or as its build script leaves them. */
export async function nodeLayers(installing: Installing): Promise<AppLayers> {
  const { recipe, tree, signal } = installing;
  if (recipe.install.needsSource) return await buildWhole(installing);
  if (recipe.build !== undefined) return await buildOnDependencies(installing, recipe.build);
  const deps = await ensureDependencies(installing, "production");
  return { deps, source: await makeLayer(sourceEntries(tree, recipe.workdir), signal) };
}

/** The build runs where everything is installed; what runs gets only the dependencies of production. */
async function buildOnDependencies(installing: Installing, build: readonly string[]): Promise<AppLayers> {
  const all = await ensureDependencies(installing, "all");
  const built = await withContainer(installing, containerSpec(installing, all.image.id), async (container) => {
    await container.put([...buildFiles(installing), ...sourceFiles(installing)]);
    await container.run([["export", "NODE_ENV=production"], build]);
    const changed = await container.changes();
    const source = await takeSource(installing, container, changed);
    // Some builds generate code into node_modules: then what they left is taken, less what is for development.
    const deps = changed.some(isModule) ? await pruneAndKeep(installing, container) : undefined;
    return { source, deps };
  });
  const deps = built.deps ?? (await ensureDependencies(installing, "production"));
  const bytesSent = all.bytesSent + deps.bytesSent;
  const sentLayers = [...all.sentLayers, ...deps.sentLayers];
  return { deps: { ...deps, cached: all.cached && deps.cached, bytesSent, sentLayers }, source: built.source };
}

/** An install that reads the source is made anew each time, in one container with the build. */
async function buildWhole(installing: Installing): Promise<AppLayers> {
  const { recipe, base } = installing;
  const { all } = recipe.install;
  return await withContainer(installing, containerSpec(installing, base.id), async (container) => {
    await container.put([...buildFiles(installing), ...sourceFiles(installing)]);
    await container.run(recipe.build === undefined ? [all] : [all, ["export", "NODE_ENV=production"], recipe.build]);
    const source = await takeSource(installing, container, await container.changes());
    return { source, deps: await pruneAndKeep(installing, container) };
  });
}

function sourceFiles({ tree, recipe }: Installing): TarEntry[] {
  return withFolders(sourceEntries(tree, recipe.workdir));
}

/** Whether a path is of a dependency, and not of a cache that tools keep among them. */
function isModule(path: string): boolean {
  return /\/node_modules\/(?!\.cache(\/|$)|\.vite(\/|$)|\.tmp(\/|$))/.test(path);
}

async function pruneAndKeep(installing: Installing, container: BuildContainer): Promise<Dependencies> {
  await container.run([installing.recipe.install.prune]);
  await using layer = await takeModules(installing, container);
  // Named by its content, since no lock file tells what a build did.
  const tag = `${DEPS_REPOSITORY}:built-${layer.diffId.slice("sha256:".length, 47)}-${installing.base.id.slice(7, 19)}`;
  const found = await findImage(installing.api, tag, installing.signal);
  if (found !== undefined) return { image: found, cached: true, bytesSent: 0, sentLayers: [] };
  return await keep(installing, layer, tag);
}

/** The app's folder as a build left it, without dependencies and secrets. */
async function takeSource(
  installing: Installing,
  container: BuildContainer,
  changed: readonly string[],
): Promise<Layer> {
  const { recipe, signal } = installing;
  const prefix = `/${recipe.workdir}/`;
  const inside = changed.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const tops = new Set(inside.map((path) => path.split("/")[0] ?? ""));
  await using spool = await openSpool(signal);
  const keeps = (path: string): boolean => {
    const own = path.slice(recipe.workdir.length + 1);
    return !/(^|\/)node_modules(\/|$)/.test(own) && !isSecretFile(own, recipe.secretFiles);
  };
  for (const top of [...tops].sort()) {
    const tar = top === "node_modules" ? undefined : await container.get(prefix.slice(1) + top);
    if (tar !== undefined) await spool.add(tar, basename(recipe.workdir), keeps);
  }
  return await makeLayer(spool.entries, signal);
}
