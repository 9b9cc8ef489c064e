import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage } from "../../src/build/build.ts";
import { type EngineImage, findImage } from "../../src/build/engine-shapes.ts";
import { readSource } from "../../src/build/source.ts";
import { type BigApp, bigApp, type Mix } from "../build/big-app.ts";
import { buildEnv, LABELS, openLocal, quiet, removeImages, testBase } from "../build/engine.ts";
import { classicBuild, dockerfile } from "./classic.ts";
import { inTurns, median, ms, table } from "./sample.ts";

/**
 * One changed source file in an app of 50 MB, until the image is in this machine's engine: Drover beside the engine's
 * classic builder, through the same API, in turns. The Dockerfile installs from the lock file before it copies the
 * source, and all but the change is cached; the folder is a developer's, with `node_modules` in it. Its 5 MB of source
 * are all code in one table, for the most part pictures in the other.
 */
const ROUNDS = 9;
/** How many times faster than the classic builder Drover is to be. */
const BAR = 15;
const signal = AbortSignal.timeout(1_800_000);

interface Way {
  readonly name: string;
  readonly image: string;
  /** Builds what is in its folder; answers how many bytes were sent. */
  build(): Promise<number>;
}

const root = mkdtempSync(join(tmpdir(), "drover-bench-build-"));
await using api = await openLocal();
const replaced = new Set<string>();
try {
  const base = await testBase(api, signal);
  for (const mix of ["code", "pictures"] as const) await compare(mix, base.image, base.reference);
} finally {
  removeImages("drover-bench/*");
  for (const id of replaced) await api.json("DELETE", `/images/${id}`, { accept: [404, 409], signal });
  rmSync(root, { recursive: true, force: true });
}

async function compare(mix: Mix, base: EngineImage, reference: string): Promise<void> {
  const [ours, theirs] = [folder("drover", mix), folder("classic", mix)];
  addDockerfile(theirs.path, reference);
  const ways: readonly Way[] = [
    { name: "Drover", image: "drover-bench/drover:1", build: () => byDrover(ours.path, base) },
    classic("ignore", "classic builder, a .dockerignore names `node_modules`", theirs.path, ["node_modules"]),
    classic("whole", "classic builder, no .dockerignore", theirs.path, []),
  ];
  const bytes: Record<string, number> = {};
  const things = Object.fromEntries(
    ways.map(({ name, build }) => [
      name,
      async (): Promise<void> => {
        bytes[name] = await build();
      },
    ]),
  );
  const change = async (): Promise<void> => {
    for (const { app } of [ours, theirs]) app.change();
    for (const { image } of ways) {
      const old = await findImage(api, image, signal);
      if (old !== undefined) replaced.add(old.id);
    }
  };
  await inTurns(1, things, change); // everything but a change is in its cache from here on
  print(mix, await inTurns(ROUNDS, things, change), bytes);
}

async function byDrover(path: string, base: EngineImage): Promise<number> {
  const cacheFile = join(path, ".drover/cache/tree.json");
  const { tree, recipe } = await readSource(path, { cacheFile }, signal);
  const request = { api, signal, tree, recipe, base, name: "drover-bench/drover:1", onOutput: quiet };
  return (await buildImage({ ...request, labels: LABELS, ...buildEnv })).bytesSent;
}

function classic(tag: string, name: string, path: string, leaveOut: readonly string[]): Way {
  const image = `drover-bench/classic:${tag}`;
  return { name, image, build: () => classicBuild(api, { folder: path, name: image, leaveOut }, signal) };
}

function folder(name: string, mix: Mix): { readonly path: string; readonly app: BigApp } {
  const path = join(root, mix, name);
  const app = bigApp(path, mix);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: path, stdio: "ignore" });
  return { path, app };
}

function addDockerfile(path: string, base: string): void {
  const ca = process.env["NODE_EXTRA_CA_CERTS"];
  if (ca !== undefined) writeFileSync(join(path, "ca.pem"), readFileSync(ca));
  writeFileSync(join(path, "Dockerfile"), dockerfile(base, ca !== undefined));
}

function print(mix: Mix, times: Readonly<Record<string, number[]>>, bytes: Readonly<Record<string, number>>): void {
  const own = median(times["Drover"] ?? []);
  const rows = Object.entries(times).map(([name, all]) => {
    const ratio = median(all) / own;
    const verdict = name === "Drover" ? "" : ratio >= BAR ? "met" : "not met";
    const range = `${ms(Math.min(...all))} to ${ms(Math.max(...all))}`;
    const sent = `${((bytes[name] ?? 0) / 1e6).toFixed(1)} MB`;
    return [name, ms(median(all)), range, sent, `${ratio.toFixed(1)}x`, verdict];
  });
  const head = [`50 MB, its source ${mix}`, `median of ${ROUNDS}`, "range", "sent", "to Drover", `bar of ${BAR}x`];
  process.stdout.write(`${table(head, rows)}\nLoad ${loadavg()[0]?.toFixed(1)}.\n\n`);
}
