import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Listing, wanted } from "../../build/detect.ts";

const LEFT_OUT: ReadonlySet<string> = new Set([
  ".git",
  "node_modules",
  ".drover",
  "vendor",
  ".venv",
  "__pycache__",
  "target",
]);
const DEEPEST = 3;
const MOST_FILES = 3000;
const LARGEST = 200_000;

/** Files whose text tells ports and paths. */
const SOURCES = /\.(m?[jt]s|c[jt]s|py|rb|go|php|rs|java|ex)$|(^|\/)(Dockerfile|Procfile)$/;

/** What a folder has, as far as a first guess needs it. */
export function lookAt(folder: string): Listing {
  const paths = listFiles(folder, "", 0).slice(0, MOST_FILES);
  const read = new Set([...wanted(paths), ...paths.filter((path) => SOURCES.test(path)).slice(0, 100)]);
  return { paths, text: Object.fromEntries([...read].map((path) => [path, textOf(join(folder, path))])) };
}

function listFiles(folder: string, inside: string, depth: number): string[] {
  return entriesOf(join(folder, inside)).flatMap((entry) => {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && depth < DEEPEST && !LEFT_OUT.has(entry.name)
      ? listFiles(folder, path, depth + 1)
      : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // Not ours to read: then it tells nothing.
  }
}

function textOf(path: string): string {
  try {
    return statSync(path).size <= LARGEST ? readFileSync(path, "utf8") : "";
  } catch {
    return ""; // Not ours to read: then it tells nothing.
  }
}
