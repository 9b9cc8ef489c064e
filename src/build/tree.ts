import { createHash } from "node:crypto";
import {
  createReadStream,
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { DroverError } from "../lib/error.ts";
import { type IgnoreRules, ignoreRules } from "./ignore.ts";
import { isKeptPlan } from "./kept-plan.ts";
import { openStatCache, type StatCache } from "./stat-cache.ts";

export interface TreeFile {
  readonly kind: "file";
  /** Relative, with slashes. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  readonly size: number;
  /** SHA-256 of the content, hex. */
  readonly digest: string;
}
export interface TreeLink {
  readonly kind: "link";
  readonly path: string;
  readonly target: string;
}
export type TreeEntry = TreeFile | TreeLink;

/** The files of a source folder that belong to the app. Empty folders are not kept: a fresh checkout has none. */
export interface Tree {
  readonly root: string;
  /** Sorted by path. */
  readonly entries: readonly TreeEntry[];
  readonly digest: string;
}

export interface TreeOptions {
  readonly signal: AbortSignal;
  /** Where digests may be remembered by stat; without it every file is read. */
  readonly cacheFile?: string;
  /** When the walk begins, in ms; now without it. */
  readonly now?: number;
  /** Files that may hold secrets: no digest of them is remembered. */
  readonly secretFiles?: readonly string[];
  /** Paths that belong to it whatever the ignore files say. */
  readonly keep?: readonly string[];
  /** Whether a file that is not ignored is no part of the app all the same. */
  readonly leaveOut?: (path: string, stat: Stats) => boolean;
}

/** Files above this are hashed piece by piece. */
const LARGE = 1 << 20;

/** Reads a source folder: every file that is not ignored, with mode and digest. */
export async function readTree(root: string, options: TreeOptions): Promise<Tree> {
  const walk: Walk = {
    root,
    realRoot: at("", () => realpathSync(root)),
    options,
    cache: options.cacheFile === undefined ? undefined : openStatCache(options.cacheFile, options.now ?? Date.now()),
    entries: [],
  };
  await readFolder(walk, "", ignoreRules({ dockerignore: readIfThere(join(root, ".dockerignore")) }));
  for (const path of options.keep ?? []) {
    if (!walk.entries.some((entry) => entry.path === path)) await addEntry(walk, path);
  }
  walk.cache?.save();
  const entries = walk.entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { root, entries, digest: treeDigest(entries) };
}

/** One digest for paths, modes and contents. */
export function treeDigest(entries: readonly TreeEntry[]): string {
  const hash = createHash("sha256");
  for (const entry of entries) {
    const line = entry.kind === "file" ? [entry.path, entry.mode, entry.digest] : [entry.path, "link", entry.target];
    hash.update(`${JSON.stringify(line)}\n`);
  }
  return hash.digest("hex");
}

/** A name without a slash means files of that name in every folder. */
export function isSecretFile(path: string, secretFiles: readonly string[]): boolean {
  return secretFiles.includes(path) || secretFiles.includes(path.slice(path.lastIndexOf("/") + 1));
}

/** A tree without the files that are for the build only. */
export function withoutSecrets(tree: Tree, secretFiles: readonly string[]): Tree {
  const entries = tree.entries.filter((entry) => !isSecretFile(entry.path, secretFiles));
  if (entries.length === tree.entries.length) return tree;
  return { root: tree.root, entries, digest: treeDigest(entries) };
}

interface Walk {
  readonly root: string;
  readonly realRoot: string;
  readonly options: TreeOptions;
  readonly cache: StatCache | undefined;
  readonly entries: TreeEntry[];
}

async function readFolder(walk: Walk, folder: string, outer: IgnoreRules): Promise<void> {
  // Small files are read synchronously, several times faster than through promises; here others get their turn.
  await new Promise(setImmediate);
  walk.options.signal.throwIfAborted();
  const names = at(folder, () => readdirSync(join(walk.root, folder), { withFileTypes: true }));
  const rules = inside(walk, folder, names, outer);
  for (const name of names) {
    const path = folder === "" ? name.name : `${folder}/${name.name}`;
    if (rules.leavesOut(path, name.isDirectory())) continue;
    if (name.name.includes("\uFFFD") && lstatSync(join(walk.root, path), { throwIfNoEntry: false }) === undefined) {
      throw refused(path, "its name is not valid UTF-8");
    }
    if (name.isDirectory()) await readFolder(walk, path, rules);
    else await addEntry(walk, path);
  }
}

function inside(walk: Walk, folder: string, names: readonly Dirent[], outer: IgnoreRules): IgnoreRules {
  if (!outer.nested || !names.some((name) => name.name === ".gitignore" && name.isFile())) return outer;
  const path = folder === "" ? ".gitignore" : `${folder}/.gitignore`;
  return outer.within(
    folder,
    at(path, () => readFileSync(join(walk.root, path), "utf8")),
  );
}

async function addEntry(walk: Walk, path: string): Promise<void> {
  const entry = await readEntry(walk, path);
  if (entry !== undefined) walk.entries.push(entry);
}

/** Undefined for what is no part of the app. */
async function readEntry(walk: Walk, path: string): Promise<TreeEntry | undefined> {
  const full = join(walk.root, path);
  const stat = at(path, () => lstatSync(full));
  if (stat.isSymbolicLink()) return { kind: "link", path, target: linkTarget(walk, path) };
  if (walk.options.leaveOut?.(path, stat) === true) return undefined;
  if (!stat.isFile()) throw refused(path, "it is neither a file, a folder nor a symbolic link");
  const cache = isSecretFile(path, walk.options.secretFiles ?? []) ? undefined : walk.cache;
  const known = cache?.get(path, stat);
  const digest = known ?? (await hashFile(path, full, stat.size, walk.options.signal));
  if (digest === undefined) return undefined;
  if (known === undefined) cache?.set(path, stat, digest);
  return { kind: "file", path, mode: (stat.mode & 0o100) === 0 ? 0o644 : 0o755, size: stat.size, digest };
}

/** A link may point to anything within the folder, there or not: outside of it nothing will be where it points. */
function linkTarget(walk: Walk, path: string): string {
  const target = at(path, () => readlinkSync(join(walk.root, path)));
  const lexical = posix.normalize(posix.join(posix.dirname(path), target));
  const escapes = posix.isAbsolute(target) || lexical === ".." || lexical.startsWith("../");
  if (escapes || !realTargetIsInside(walk, path)) {
    throw refused(path, `it is a symbolic link to ${target}, which is outside of the source folder`);
  }
  return target;
}

function realTargetIsInside(walk: Walk, path: string): boolean {
  try {
    const real = relative(walk.realRoot, realpathSync(join(walk.root, path)));
    return real !== ".." && !real.startsWith(`..${sep}`);
  } catch {
    return true; // It dangles, or goes round in a circle: a link to nothing is harmless.
  }
}

/** The digest of a file; undefined when it is a kept plan. */
async function hashFile(path: string, full: string, size: number, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash("sha256");
  if (size < LARGE) {
    const bytes = at(path, () => readFileSync(full));
    return isKeptPlan(bytes) ? undefined : hash.update(bytes).digest("hex");
  }
  let begun = false;
  try {
    for await (const chunk of createReadStream(full, { signal, highWaterMark: LARGE })) {
      if (!begun && isKeptPlan(chunk)) return undefined;
      begun = true;
      hash.update(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explain(path, error);
  }
  return hash.digest("hex");
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw explain(".dockerignore", error);
  }
}

function at<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw explain(path, error);
  }
}

/** Says of a file of the source why it cannot be read. */
export function explain(path: string, error: unknown): DroverError {
  if (DroverError.is(error)) return error;
  const code = codeOf(error);
  if (code === "ENOENT") return refused(path, "it vanished while the folder was being read", error);
  if (code === "EACCES" || code === "EPERM") return refused(path, "permission to read it is missing", error);
  if (code === "ENAMETOOLONG") return refused(path, "its path is too long for this system", error);
  return refused(path, error instanceof Error ? error.message : String(error), error);
}

function refused(path: string, why: string, cause?: unknown): DroverError {
  const shown = path === "" ? "the source folder" : JSON.stringify(path);
  return new DroverError("BUILD_FAILED", `${shown} cannot be part of the app: ${why}`, {
    where: { path },
    hint: "leave it out with .dockerignore or .gitignore, or correct it",
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
