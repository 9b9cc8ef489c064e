import { digestOf } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import type { Detected, DockerfileApp, NodeApp, StaticSite } from "./detect.ts";
import { type InstallCommands, installCommands, runScript } from "./managers.ts";
import { type Tree, withoutSecrets } from "./tree.ts";

/** How an image is made from a source folder. Plain JSON; a part of the build's input digest. */
export type Recipe = NodeRecipe | StaticRecipe | DockerfileRecipe;
export type Argv = readonly string[];

interface Runs {
  /** Base image as asked. */
  readonly base: string;
  readonly workdir: string;
  readonly user: string;
  readonly cmd: Argv;
  readonly env: Readonly<Record<string, string>>;
  /** Laid before the base's PATH. */
  readonly path?: string;
  readonly port?: number;
  /** Argument lists by process name. */
  readonly processes: Readonly<Record<string, Argv>>;
  /** Files of the source that are used by the build only and are never in a layer. */
  readonly secretFiles: readonly string[];
  /** What the reader of a plan should know. */
  readonly notes: readonly string[];
}
export interface NodeRecipe extends Runs {
  readonly kind: "node";
  readonly install?: Install;
  readonly build?: Argv;
}
export interface Install extends InstallCommands {
  /** Files that are put in before it runs; the whole source when `needsSource`. */
  readonly manifests: readonly string[];
  readonly needsSource: boolean;
  readonly settings: readonly string[];
}
export interface StaticRecipe extends Runs {
  readonly kind: "static";
  /** Folder of the site in the source. */
  readonly root: string;
}
export interface DockerfileRecipe {
  readonly kind: "dockerfile";
  readonly path: string;
  readonly target?: string;
  readonly processes: Readonly<Record<string, Argv>>;
  readonly secretFiles: readonly string[];
  readonly notes: readonly string[];
}

export interface RecipeOptions {
  readonly base?: string;
  readonly port?: number;
  readonly target?: string;
  /** Paths in the source; `.npmrc` is always among them for Node. */
  readonly secretFiles?: readonly string[];
}

export const DEFAULT_NODE = 24;
const WORKDIR = "app";
const USER = "10001:10001";

/** Decides how an app is built. Pure. */
export function recipeFor(detected: Detected, options: RecipeOptions): Recipe {
  switch (detected.kind) {
    case "dockerfile":
      return dockerfileRecipe(detected, options);
    case "static":
      return staticRecipe(detected, options);
    case "node":
      return nodeRecipe(detected, options);
    case "unknown":
      throw new DroverError("BUILD_FAILED", "the source folder holds nothing that can be built", {
        evidence: detected.lookedFor.map((line) => `looked for: ${line}`),
        hint: "add a Dockerfile, or a Procfile that says `web: ...` beside a package.json",
      });
    default:
      return detected satisfies never;
  }
}

function nodeRecipe(app: NodeApp, options: RecipeOptions): NodeRecipe {
  const commands = installCommands(app);
  // A build script and the scripts of an install run also where there is nothing to install.
  const runs = app.installs || app.build || app.needsSource.length > 0;
  const install = {
    ...commands,
    manifests: app.manifests,
    needsSource: app.needsSource.length > 0,
    settings: app.settings,
  };
  return {
    kind: "node",
    base: options.base ?? `node:${app.nodeMajor ?? DEFAULT_NODE}-slim`,
    workdir: WORKDIR,
    user: USER,
    cmd: app.processes["web"] ?? [],
    env: { NODE_ENV: "production", ...portEnv(options.port) },
    path: `/${WORKDIR}/node_modules/.bin`,
    ...(options.port === undefined ? {} : { port: options.port }),
    processes: app.processes,
    secretFiles: [...new Set([".npmrc", ...(options.secretFiles ?? [])])].sort(),
    notes: nodeNotes(app),
    ...(runs ? { install } : {}),
    ...(app.build ? { build: runScript(app, "build") } : {}),
  };
}

function nodeNotes(app: NodeApp): string[] {
  const unlocked = app.installs && app.lock === undefined;
  return [
    ...(unlocked ? ["no lock file: two builds of the same source may install different versions"] : []),
    ...(app.needsSource.length > 0
      ? [
          `dependencies are installed anew on every change, because an install reads the source (${app.needsSource.join(", ")})`,
        ]
      : []),
  ];
}

function staticRecipe(site: StaticSite, options: RecipeOptions): StaticRecipe {
  const port = options.port ?? 3000;
  return {
    kind: "static",
    base: options.base ?? `node:${DEFAULT_NODE}-slim`,
    workdir: WORKDIR,
    user: USER,
    cmd: ["node", `/${WORKDIR}/server.mjs`, `/${WORKDIR}/site`],
    env: { NODE_ENV: "production", ...portEnv(port) },
    port,
    processes: {},
    root: site.root,
    secretFiles: [...(options.secretFiles ?? [])].sort(),
    notes: [],
  };
}

function dockerfileRecipe(app: DockerfileApp, options: RecipeOptions): DockerfileRecipe {
  return {
    kind: "dockerfile",
    path: app.path,
    ...(options.target === undefined ? {} : { target: options.target }),
    processes: app.processes,
    secretFiles: [...(options.secretFiles ?? [])].sort(),
    notes: [],
  };
}

function portEnv(port: number | undefined): Record<string, string> {
  return port === undefined ? {} : { PORT: String(port) };
}

/**
 * The digest of everything that decides what a build makes, known without any container engine. Words for people are
 * not in it: another way of saying things must not make a new release.
 */
export function inputDigest(inputs: { readonly tree: Tree; readonly recipe: Recipe }): string {
  const { notes: _, ...recipe } = inputs.recipe;
  const tree = withoutSecrets(inputs.tree, recipe.secretFiles);
  return digestOf({ format: 1, tree: tree.digest, recipe });
}
