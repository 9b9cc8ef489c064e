import { z } from "zod";
import { openSpool } from "./archive.ts";
import { type BuildContainer, ROOM } from "./container.ts";
import { type TarEntry, textEntry } from "./tar.ts";

/** What a build did to the app's folder. */
export interface Report {
  /** Entries of the folder in which something changed, `node_modules` aside. */
  readonly changed: readonly string[];
  /** Every path that is there now, other than those of dependencies. */
  readonly paths: ReadonlySet<string>;
  /** Something changed among the dependencies, caches aside. */
  readonly modules: boolean;
}

const SCRIPT = `${ROOM}/report.mjs`;
const RESULT = `${ROOM}/report.json`;

/**
 * Runs in the build container after the build. A file's change time tells what was touched: unlike the time of
 * modification nobody can set it, and everything that was put in is older than the script that runs the build.
 */
const PROGRAM = `import { lstatSync, readdirSync, writeFileSync } from "node:fs";
const [, , folder, result, began] = process.argv;
const since = lstatSync(began).ctimeMs;
const caches = new Set([".cache", ".vite", ".tmp"]);
const changed = new Set();
const paths = [];
let modules = false;
const visit = (path, top, inModules) => {
  for (const entry of readdirSync(folder + "/" + path, { withFileTypes: true })) {
    const name = path === "" ? entry.name : path + "/" + entry.name;
    const isModules = inModules || entry.name === "node_modules";
    if (path.endsWith("node_modules") && caches.has(entry.name)) continue;
    const touched = lstatSync(folder + "/" + name).ctimeMs > since;
    // That a folder of dependencies changed may mean only that a cache was put into it.
    if (touched && inModules) modules = true;
    if (touched && !isModules && !entry.isDirectory()) changed.add(top ?? entry.name);
    if (!isModules) paths.push(name);
    if (entry.isDirectory()) visit(name, top ?? entry.name, isModules);
  }
};
visit("", undefined, false);
writeFileSync(result, JSON.stringify({ changed: [...changed], paths, modules }));
`;

export function reportFiles(): TarEntry[] {
  return [textEntry(SCRIPT, PROGRAM)];
}

/** The command that makes the report; `reportFiles` must have been put in. */
export function reportCommand(workdir: string): string[] {
  return ["node", `/${SCRIPT}`, `/${workdir}`, `/${RESULT}`, `/${ROOM}/script`];
}

const schema = z.object({ changed: z.array(z.string()), paths: z.array(z.string()), modules: z.boolean() });

/** Reads the report that a build left. */
export async function readReport(container: BuildContainer, signal: AbortSignal): Promise<Report> {
  const tar = await container.get(RESULT);
  await using spool = await openSpool(signal);
  if (tar !== undefined) await spool.add(tar, "", () => true);
  const chunks: Uint8Array[] = [];
  for (const entry of spool.entries) {
    const content = entry.kind === "file" ? entry.content() : [];
    if (content instanceof Uint8Array) chunks.push(content);
    else for await (const chunk of content) chunks.push(chunk);
  }
  const report = schema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  return { ...report, paths: new Set(report.paths) };
}
