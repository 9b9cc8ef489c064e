import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes what is generated and checked in: the registry, the references under docs/, the types for editors.
 * With `--check` it writes nothing and fails when one of them is stale.
 */
const ROOT = join(import.meta.dirname, "..");

interface Generated {
  readonly path: string;
  readonly text: string;
}

function read(path: string): string {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return "";
  }
}

function formatted(name: string, text: string): string {
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  return execFileSync(process.execPath, [biome, "check", "--write", `--stdin-file-path=${name}`], {
    cwd: ROOT,
    input: text,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
}

/** The registry comes first: the others import what it lists. */
async function generate(visit: (file: Generated) => void): Promise<void> {
  const { registryText } = await import("./generate/registry.ts");
  visit({ path: "src/registry.ts", text: formatted("registry.ts", registryText(join(ROOT, "src"))) });
  const { ambientTypes, publicTypes } = await import("./generate/types.ts");
  visit({ path: "src/cli/types/drover.d.ts", text: formatted("drover.d.ts", ambientTypes(publicTypes(ROOT))) });
  const { configReference } = await import("./generate/config-reference.ts");
  visit({ path: "docs/config.md", text: configReference(ROOT) });
  const { resourcePages } = await import("./generate/resource-pages.ts");
  for (const page of resourcePages(ROOT)) visit(page);
  const { cliReference } = await import("./generate/cli-reference.ts");
  visit({ path: "docs/cli.md", text: await cliReference() });
}

const check = process.argv.includes("--check");
const stale: string[] = [];
await generate(({ path, text }) => {
  if (read(path) === text) return;
  stale.push(path);
  if (check) return;
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
});
for (const path of stale) console.log(check ? `stale: ${path}` : `written: ${path}`);
if (check && stale.length > 0) {
  console.error("run `npm run gen`");
  process.exitCode = 1;
}
