import type { AppFiles } from "./assets.ts";
import type { StaticRecipe } from "./recipe.ts";
import { sourceEntries } from "./source-entries.ts";
import { STATIC_SERVER } from "./static-server.ts";
import { textEntry } from "./tar.ts";
import type { Tree } from "./tree.ts";

/** Files that describe the project: of use to nobody who visits the site. */
const PROJECT: ReadonlySet<string> = new Set([
  "Procfile",
  "drover.config.ts",
  "package.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
]);

/** The server, and the site's files beside it. */
export function siteFiles(tree: Tree, recipe: StaticRecipe): AppFiles {
  const root = recipe.root === "." ? "" : `${recipe.root}/`;
  const entries = tree.entries
    .filter((entry) => entry.path.startsWith(root))
    .filter((entry) => isPublic(entry.path.slice(root.length)));
  const site = sourceEntries({ ...tree, entries }, "").map((entry) => ({
    ...entry,
    path: `${recipe.workdir}/site/${entry.path.slice(root.length)}`,
  }));
  return { kept: site, made: [textEntry(`${recipe.workdir}/server.mjs`, STATIC_SERVER)] };
}

function isPublic(path: string): boolean {
  return !PROJECT.has(path) && !/(^|\/)\.(?!well-known(\/|$))/.test(path);
}
