import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Makes drover-VERSION.tgz as users get it: the package.json in it names no dependency, for all of them are bundled, and
 * none of the scripts that a checkout has.
 *
 *   scripts/pack.ts [FOLDER]    builds, stages and packs into FOLDER (default: the checkout); changes nothing else
 *   scripts/pack.ts --prepack   builds and puts the published package.json in place, for a plain `npm pack`
 *   scripts/pack.ts --postpack  puts the checkout's own package.json back
 */
const ROOT = join(import.meta.dirname, "..");
const PUBLISHED = [
  "name",
  "version",
  "description",
  "keywords",
  "license",
  "repository",
  "type",
  "bin",
  "exports",
  "files",
  "engines",
];
const [MANIFEST, KEPT] = [join(ROOT, "package.json"), join(ROOT, ".drover/package.json")];

function publishedManifest(): string {
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(MANIFEST, "utf8"));
  const published = Object.fromEntries(
    PUBLISHED.flatMap((field) => (field in manifest ? [[field, manifest[field]]] : [])),
  );
  return `${JSON.stringify(published, null, 2)}\n`;
}

function pack(destination: string): void {
  mkdirSync(destination, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), "drover-pack-"));
  try {
    for (const part of ["bin", "dist", "LICENSE", "README.md"]) {
      if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(stage, part), { recursive: true });
    }
    writeFileSync(join(stage, "package.json"), publishedManifest());
    execFileSync("npm", ["pack", "--silent", "--pack-destination", destination], { cwd: stage, stdio: "inherit" });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** A pack that was cut off has left the published one in place. */
function restore(): void {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

restore();
const [mode = ROOT] = process.argv.slice(2);
if (mode !== "--postpack") await import("./build.ts");
if (mode === "--prepack") {
  const manifest = publishedManifest();
  mkdirSync(join(ROOT, ".drover"), { recursive: true });
  cpSync(MANIFEST, KEPT);
  writeFileSync(MANIFEST, manifest);
} else if (mode !== "--postpack") pack(mode);
