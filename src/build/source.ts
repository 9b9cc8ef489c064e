import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../lib/error.ts";
import { type Detected, detect, wanted } from "./detect.ts";
import { inputDigest, type Recipe, type RecipeOptions, recipeFor } from "./recipe.ts";
import { explain, readTree, type Tree, type TreeOptions, withoutSecrets } from "./tree.ts";

export interface SourceOptions extends RecipeOptions {
  /** Path of the Dockerfile in the source, when it is not simply there as `Dockerfile`. */
  readonly dockerfile?: string;
  /** Where digests of files are remembered between runs. */
  readonly cacheFile?: string;
  /** Whether a file that is not ignored is no part of the app all the same. */
  readonly leaveOut?: TreeOptions["leaveOut"];
}

/** A source folder, read and understood; all that a plan needs to know of a build. */
export interface Source {
  readonly tree: Tree;
  readonly detected: Detected;
  readonly recipe: Recipe;
  /** Digest of all inputs: files, recipe, lock file, base as asked. */
  readonly input: string;
}

/** Reads a source folder and decides how it is built. Asks no container engine. */
export async function readSource(root: string, options: SourceOptions, signal: AbortSignal): Promise<Source> {
  const { detected, tree } = await inspect(root, options, signal);
  const recipe = recipeFor(detected, options);
  return { tree: withoutSecrets(tree, recipe.secretFiles), detected, recipe, input: inputDigest({ tree, recipe }) };
}

/** Looks at a folder: what kind of app it holds, and its files. */
export async function inspect(
  root: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<{ detected: Detected; tree: Tree }> {
  const dockerfile = dockerfileOf(root, options.dockerfile);
  // The builder reads these two whatever the ignore file says.
  const keep =
    dockerfile === undefined ? [] : [dockerfile, ".dockerignore"].filter((path) => existsSync(join(root, path)));
  const tree = await readTree(root, {
    signal,
    keep,
    secretFiles: [".npmrc", ...(options.secretFiles ?? [])],
    ...(options.cacheFile === undefined ? {} : { cacheFile: options.cacheFile }),
    ...(options.leaveOut === undefined ? {} : { leaveOut: options.leaveOut }),
  });
  const paths = tree.entries.map((entry) => entry.path);
  const text = Object.fromEntries(wanted(paths).map((path) => [path, read(root, path)]));
  return { detected: detect({ paths, text }, dockerfile), tree };
}

function dockerfileOf(root: string, asked: string | undefined): string | undefined {
  if (asked === undefined) return existsSync(join(root, "Dockerfile")) ? "Dockerfile" : undefined;
  const path = asked.replace(/^\.\//, "");
  if (existsSync(join(root, path))) return path;
  throw new DroverError("BUILD_FAILED", `there is no Dockerfile at ${path}`, { where: { path } });
}

/**
 * Bytes of the secret files that a recipe names, by path. They are read from the folder whether ignored or not;
 * one that was asked for and is not there is an error, `.npmrc` may be missing.
 */
export function readSecrets(root: string, recipe: Recipe): Map<string, Uint8Array> {
  const secrets = new Map<string, Uint8Array>();
  for (const path of recipe.secretFiles) {
    if (existsSync(join(root, path))) secrets.set(path, readFileSync(join(root, path)));
    else if (path !== ".npmrc") {
      throw new DroverError("SECRET_MISSING", `the build's secret file ${path} is not there`, { where: { path } });
    }
  }
  return secrets;
}

function read(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    throw explain(path, error);
  }
}
