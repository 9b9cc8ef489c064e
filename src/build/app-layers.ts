import { openSpool } from "./archive.ts";
import type { AppFiles } from "./assets.ts";
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
import { withFolders } from "./layer.ts";
import { type Report, readReport, reportCommand, reportFiles } from "./report.ts";
import { sourceEntries } from "./source-entries.ts";
import { isSecretFile } from "./tree.ts";

/** The two upper parts of a Node app's image. */
export interface AppParts {
  readonly deps: Dependencies;
  readonly files: AppFiles;
}

/**
 * Dependencies and files of an app: as they are, or as its build script leaves them. What a build leaves is on disk
 * here until the stack is disposed.
 */
export async function nodeParts(installing: Installing, stack: AsyncDisposableStack): Promise<AppParts> {
  const { recipe, tree } = installing;
  if (recipe.install.needsSource) return await buildWhole(installing, stack);
  if (recipe.build !== undefined) return await buildOnDependencies(installing, recipe.build, stack);
  const deps = await ensureDependencies(installing, "production");
  return { deps, files: { kept: sourceEntries(tree, recipe.workdir), made: [] } };
}

/** The build runs where everything is installed; what runs gets only the dependencies of production. */
async function buildOnDependencies(
  installing: Installing,
  build: readonly string[],
  stack: AsyncDisposableStack,
): Promise<AppParts> {
  const all = await ensureDependencies(installing, "all");
  const built = await withContainer(installing, containerSpec(installing, all.image.id), async (container) => {
    const report = await runBuild(installing, container, [PRODUCTION, build]);
    const files = await takeFiles(installing, container, report, stack);
    // Some builds generate code into node_modules: then what they left is taken, less what is for development.
    const deps = report.modules ? await pruneAndKeep(installing, container) : undefined;
    return { files, deps };
  });
  const deps = built.deps ?? (await ensureDependencies(installing, "production"));
  const bytesSent = all.bytesSent + deps.bytesSent;
  const sentLayers = [...all.sentLayers, ...deps.sentLayers];
  const used = [...all.used, ...deps.used];
  return { deps: { ...deps, used, cached: all.cached && deps.cached, bytesSent, sentLayers }, files: built.files };
}

/** An install that reads the source is made anew each time, in one container with the build. */
async function buildWhole(installing: Installing, stack: AsyncDisposableStack): Promise<AppParts> {
  const { recipe, base } = installing;
  const commands = [recipe.install.all, ...(recipe.build === undefined ? [] : [PRODUCTION, recipe.build])];
  return await withContainer(installing, containerSpec(installing, base.id), async (container) => {
    const report = await runBuild(installing, container, commands);
    const files = await takeFiles(installing, container, report, stack);
    return { files, deps: await pruneAndKeep(installing, container) };
  });
}

const PRODUCTION = ["export", "NODE_ENV=production"];

async function runBuild(
  installing: Installing,
  container: BuildContainer,
  commands: readonly (readonly string[])[],
): Promise<Report> {
  const { recipe, tree, signal } = installing;
  const source = withFolders(sourceEntries(tree, recipe.workdir));
  await container.put([...buildFiles(installing), ...reportFiles(), ...source]);
  await container.run([...commands, reportCommand(recipe.workdir)]);
  return await readReport(container, signal);
}

async function pruneAndKeep(installing: Installing, container: BuildContainer): Promise<Dependencies> {
  await container.run([installing.recipe.install.prune]);
  await using layer = await takeModules(installing, container);
  // Named by its content, since no lock file tells what a build did.
  const tag = `${DEPS_REPOSITORY}:built-${layer.diffId.slice("sha256:".length, 47)}-${installing.base.id.slice(7, 19)}`;
  const found = await findImage(installing.api, tag, installing.signal);
  if (found !== undefined) return { image: found, used: [tag], cached: true, bytesSent: 0, sentLayers: [] };
  return await keep(installing, layer, tag);
}

/** The app's folder as a build left it, without dependencies and secrets: what it did not touch is at hand here. */
async function takeFiles(
  installing: Installing,
  container: BuildContainer,
  report: Report,
  stack: AsyncDisposableStack,
): Promise<AppFiles> {
  const { recipe, tree, signal } = installing;
  const spool = stack.use(await openSpool(signal));
  const isOwn = (path: string): boolean => {
    const own = path.slice(recipe.workdir.length + 1);
    return !/(^|\/)node_modules(\/|$)/.test(own) && !isSecretFile(own, recipe.secretFiles);
  };
  for (const top of report.changed) {
    const tar = await container.get(`${recipe.workdir}/${top}`);
    if (tar !== undefined) await spool.add(tar, recipe.workdir, isOwn);
  }
  const stays = (path: string): boolean => report.paths.has(path) && !report.changed.includes(path.split("/")[0] ?? "");
  const untouched = { ...tree, entries: tree.entries.filter((entry) => stays(entry.path)) };
  return { kept: sourceEntries(untouched, recipe.workdir), made: spool.entries };
}
