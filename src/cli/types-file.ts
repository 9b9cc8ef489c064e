import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How a stack file tells the editor where the types are, also in a folder without a package.json. */
export const TYPES_REFERENCE = '/// <reference path=".drover/drover.d.ts" />';

/**
 * Puts the types of `drover` beside a stack file that refers to them: they are not kept in git, so a fresh checkout
 * lacks them, and those of an older Drover are out of date. What cannot be written is let be: only the editor needs it.
 */
export function refreshTypes(stackFile: string): void {
  try {
    if (readFileSync(stackFile, "utf8").includes(TYPES_REFERENCE)) writeTypes(dirname(stackFile));
  } catch {
    // A read-only checkout, as in CI.
  }
}

/** Writes the types into a folder; a `.gitignore` of its own keeps them out of git. */
export function writeTypes(folder: string): void {
  const own = join(folder, ".drover");
  mkdirSync(own, { recursive: true });
  writeIfOther(join(own, ".gitignore"), "*\n");
  writeIfOther(join(own, "drover.d.ts"), readFileSync(typesFile(), "utf8"));
}

function typesFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./types/drover.d.ts" : "./drover.d.ts", import.meta.url);
}

function writeIfOther(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch {
    // Not there yet.
  }
  writeFileSync(path, text);
}
