import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { DroverError } from "../lib/error.ts";

/** The names a stack file may have, in the order they are looked for. */
export const STACK_FILES = ["drover.config.ts", "drover.config.mts", "drover.config.js", "drover.config.mjs"] as const;

/** The stack file as asked for, or the nearest one in `cwd` or a folder above it. Absolute. */
export function findStackFile(file: string | undefined, cwd: string): string {
  return file === undefined ? searchUp(cwd) : named(file, cwd);
}

/** The stack file in `cwd` or above, if there is one. */
export function nearestStackFile(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = STACK_FILES.map((name) => join(folder, name)).find(isFile);
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

/** How a file is named to a person: relative where it is below the folder they are in. */
export function displayPath(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const path = relative(cwd, file);
  return path === "" || path.startsWith("..") ? file : path;
}

function named(file: string, cwd: string): string {
  if (file.includes("\0")) throw new DroverError("CONFIG_INVALID", "the name of the stack file holds a NUL byte");
  const path = resolve(cwd, file);
  if (isFile(path)) return path;
  const inside = STACK_FILES.map((name) => join(path, name)).find(isFile);
  if (inside !== undefined) return inside;
  throw new DroverError("CONFIG_INVALID", existsSync(path) ? "this is not a stack file" : "there is no such file", {
    where: { file },
    hint: "name a stack file, or a folder with a drover.config.ts in it, after --file",
  });
}

function searchUp(cwd: string): string {
  const found = nearestStackFile(cwd);
  if (found !== undefined) return found;
  throw new DroverError("CONFIG_INVALID", "there is no drover.config.ts here or in a folder above", {
    where: { path: cwd },
    hint: "drover init",
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
