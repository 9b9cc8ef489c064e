import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage } from "../../src/build/build.ts";
import { readSource } from "../../src/build/source.ts";
import { type BigApp, bigApp } from "../build/big-app.ts";
import { buildEnv, LABELS, openLocal, quiet, removeImages, testBase } from "../build/engine.ts";
import { classicBuild, dockerfile } from "./classic.ts";
import { inTurns, median, ms, table } from "./sample.ts";

/**
 * One changed source file in an app of 50 MB, until the image is in this machine's engine: Drover beside the engine's
 * classic builder, through the same API, in turns. The Dockerfile installs from the lock file before it copies the
 * source, and all but the change is cached; the folder is a developer's, with `node_modules` in it.
 */
const ROUNDS = 9;
const signal = AbortSignal.timeout(1_800_000);

const root = mkdtempSync(join(tmpdir(), "drover-bench-build-"));
await using api = await openLocal();
try {
  const base = await testBase(api, signal);
  const [ours, theirs] = [folder("drover"), folder("classic")];
  const ca = process.env["NODE_EXTRA_CA_CERTS"];
  if (ca !== undefined) writeFileSync(join(theirs.path, "ca.pem"), readFileSync(ca));
  writeFileSync(join(theirs.path, "Dockerfile"), dockerfile(base.reference, ca !== undefined));
  const bytes: Record<string, number> = {};

  const drover = async (): Promise<number> => {
    const { tree, recipe } = await readSource(
      ours.path,
      { cacheFile: join(ours.path, ".drover/cache/tree.json") },
      signal,
    );
    const request = { api, signal, tree, recipe, base: base.image, name: "drover-bench/drover:1", onOutput: quiet };
    return (await buildImage({ ...request, labels: LABELS, ...buildEnv })).bytesSent;
  };
  const classic = (tag: string, leaveOut: readonly string[]): Promise<number> =>
    classicBuild(api, { folder: theirs.path, name: `drover-bench/classic:${tag}`, leaveOut }, signal);
  const ways: Record<string, () => Promise<number>> = {
    Drover: drover,
    "classic builder, a .dockerignore names `node_modules`": () => classic("ignore", ["node_modules"]),
    "classic builder, no .dockerignore": () => classic("whole", []),
  };

  let change = 0;
  const counted = Object.fromEntries(
    Object.entries(ways).map(([name, way]) => [
      name,
      async () => {
        for (const { app } of [ours, theirs]) app.change(change);
        change += 1;
        bytes[name] = await way();
      },
    ]),
  );
  await inTurns(1, counted); // everything but a change is in its cache from here on
  const times = await inTurns(ROUNDS, counted);
  const own = median(times["Drover"] ?? []);
  const rows = Object.entries(times).map(([name, all]) => [
    name,
    ms(median(all)),
    `${ms(Math.min(...all))} to ${ms(Math.max(...all))}`,
    `${((bytes[name] ?? 0) / 1e6).toFixed(1)} MB`,
    `${(median(all) / own).toFixed(1)}x`,
  ]);
  const head = ["one changed file of 50 MB, in turns", `median of ${ROUNDS}`, "range", "sent", "to Drover"];
  process.stdout.write(table(head, rows));
} finally {
  removeImages("drover-bench/*");
  rmSync(root, { recursive: true, force: true });
}

function folder(name: string): { readonly path: string; readonly app: BigApp } {
  const path = join(root, name);
  const app = bigApp(path);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: path, stdio: "ignore" });
  return { path, app };
}
