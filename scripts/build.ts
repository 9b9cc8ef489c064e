import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import { moduleTypes, publicTypes } from "./generate/types.ts";

/** Bundles the sources into dist/: dependencies within, unused parts left out, split so that a command loads its own. */
const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
const { output } = await build({
  cwd: ROOT,
  input: { index: "src/index.ts", main: "src/cli/main.ts", worker: "src/load/worker.ts" },
  platform: "node",
  // Modules tell their folder by the ending of their own address: `.ts` as sources, `.js` here.
  output: {
    dir: DIST,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    minify: true,
    comments: false,
    // What help needs is read at once; each further file costs a start more than its size does.
    codeSplitting: {
      groups: [
        {
          name: "commands",
          test: /src\/cli\/commands\/|src\/cli\/(command|exit|flags|help|parse|run|io|mask|render\/(error|theme))\.ts|src\/lib\/(error|nearest|printable)\.ts/,
        },
      ],
    },
  },
  treeshake: true,
  logLevel: "warn",
});
writeFileSync(join(DIST, "THIRD-PARTY-LICENSES"), licenses(bundledPackages()));
cpSync(join(ROOT, "src/cli/types/drover.d.ts"), join(DIST, "drover.d.ts"));
writeFileSync(join(DIST, "index.d.ts"), moduleTypes(publicTypes(ROOT)));
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
console.log(`dist/ is built: drover ${version}`);

/** The folders of the packages of which something is in the bundle. */
function bundledPackages(): string[] {
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
  const folders = modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** Their licenses ask to go where the code goes. */
function licenses(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
