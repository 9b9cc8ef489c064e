import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { detect, wanted } from "../build/detect.ts";
import { inputDigest, type Recipe, recipeFor } from "../build/recipe.ts";
import { readTree, type Tree } from "../build/tree.ts";
import type { AppSpec } from "../model/app.ts";
import type { Stack } from "../model/stack.ts";

/** An app's source, read and understood; its input digest names the image before it is built. */
export interface Source {
  readonly folder: string;
  readonly tree: Tree;
  readonly recipe: Recipe;
  readonly input: string;
}

/** Reads the sources of all apps that have one. Nothing is built. */
export async function readSources(stack: Stack, signal: AbortSignal): Promise<ReadonlyMap<string, Source>> {
  const entries = Object.entries(stack.apps).filter(([, app]) => app.source !== undefined);
  const sources = await Promise.all(
    entries.map(async ([name, app]) => [name, await readSource(stack, app, signal)] as const),
  );
  return new Map(sources);
}

async function readSource(stack: Stack, app: AppSpec, signal: AbortSignal): Promise<Source> {
  const folder = resolve(stack.folder, app.source ?? ".");
  const secretFiles = [...app.build.secrets, ".npmrc"];
  const tree = await readTree(folder, {
    signal,
    cacheFile: join(stack.folder, ".drover", "cache", "stat.json"),
    secretFiles,
  });
  const paths = tree.entries.map((entry) => entry.path);
  const texts = await Promise.all(
    wanted(paths).map(async (path) => [path, await readFile(join(folder, path), "utf8")] as const),
  );
  const detected = detect({ paths, text: Object.fromEntries(texts) }, app.build.dockerfile);
  const { base, target } = app.build;
  const recipe = recipeFor(detected, {
    port: app.port,
    secretFiles: app.build.secrets,
    ...(base === undefined ? {} : { base }),
    ...(target === undefined ? {} : { target }),
  });
  return { folder, tree, recipe, input: inputDigest({ tree, recipe }) };
}

/** App -> what its release is made from: the digest of its build's inputs, or the image as asked. */
export function inputsOf(stack: Stack, sources: ReadonlyMap<string, Source>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stack.apps).map(([name, app]) => [name, sources.get(name)?.input ?? app.image ?? ""]),
  );
}
