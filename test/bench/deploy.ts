import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { type BigApp, bigApp } from "../build/big-app.ts";
import { askOnce } from "../load/probe.ts";
import { classicBuild, dockerfile, engineOver, runContainer } from "./classic.ts";
import { bundledClient, type Seen } from "./client.ts";
import { median, ms, table } from "./sample.ts";
import { bareServer, seedBase } from "./server.ts";

/** One changed source file in an app of 50 MB: how long until a server answers with it. */
const ROUNDS = 5;
/** Where the classic container is published on the server. */
const PORT = 8080;
const signal = AbortSignal.timeout(1_800_000);

interface Took {
  /** Milliseconds from the start to the end of each part; `serving` is the first answer with the change. */
  readonly at: Readonly<Record<string, number>>;
  readonly bytes: number;
}

interface Place {
  readonly folder: string;
  readonly app: BigApp;
}

await using client = await bundledClient();
await using server = await bareServer();
const root = mkdtempSync(join(tmpdir(), "drover-bench-deploy-"));
try {
  const base = await seedBase(server.host, signal);
  const ours = place("drover");
  const theirs = place("classic");
  writeFileSync(join(ours.folder, "drover.config.ts"), stackFile());
  await client.run(["up", "--yes"], ours.folder);
  await using api = await engineOver(server.config, join(root, "engine.sock"), signal);
  addDockerfile(theirs.folder, base);
  const ways = {
    "`drover up --yes`": (): Promise<Took> => byDrover(ours),
    "classic builder with a .dockerignore, then a container": () => byClassic(api, theirs, ["node_modules"]),
    "classic builder without one, then a container": () => byClassic(api, theirs, []),
  };
  for (const way of Object.values(ways)) await way(); // everything but a change is in its cache from here on
  const took: Record<string, Took[]> = {};
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      for (const { app } of [ours, theirs]) app.change();
      took[name] = [...(took[name] ?? []), await way()];
    }
  }
  report(took);
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** A developer's folder with the app, installed; its server answers with the beginning of the file that changes. */
function place(name: string): Place {
  const folder = join(root, name);
  mkdirSync(folder);
  const app = bigApp(folder);
  const lines = [
    'const { createServer } = require("node:http");',
    'const text = require("node:fs").readFileSync(require.resolve("./7.js"), "utf8").slice(2, 34);',
    'require("moment");',
    "createServer((_, response) => response.end(text)).listen(process.env.PORT ?? 3000);",
    "",
  ];
  writeFileSync(join(folder, "src/0.js"), lines.join("\n"));
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "ignore" });
  return { folder, app };
}

function stackFile(): string {
  const machine = `server("root@web", { config: ${JSON.stringify(server.config)} })`;
  const app = 'app({ source: ".", on: "web", domains: ["big.localhost"] })';
  const stack = `{ id: "bench-big", name: "big", machines: { web: ${machine} }, apps: { big: ${app} } }`;
  return `import { app, defineStack, server } from "drover";\nexport default defineStack(${stack});\n`;
}

function addDockerfile(folder: string, base: string): void {
  const ca = process.env["NODE_EXTRA_CA_CERTS"];
  if (ca !== undefined) writeFileSync(join(folder, "ca.pem"), readFileSync(ca));
  writeFileSync(join(folder, "Dockerfile"), dockerfile(base, ca !== undefined));
}

async function byDrover({ folder }: Place): Promise<Took> {
  const start = performance.now();
  const serving = firstAnswer({ address: server.host.address, port: 80 }, textOf(folder), start);
  const seen = await client.events(["up", "--yes"], folder);
  const end = performance.now() - start;
  return { at: { ...partsOf(seen), serving: await serving, end }, bytes: bytesOf(seen) };
}

async function byClassic(api: EngineApi, { folder }: Place, leaveOut: readonly string[]): Promise<Took> {
  const start = performance.now();
  const bytes = await classicBuild(api, { folder, name: "classic", leaveOut }, signal);
  const built = performance.now() - start;
  await using _container = await runContainer(api, "classic", PORT, signal);
  const serving = await firstAnswer({ address: server.host.address, port: PORT }, textOf(folder), start);
  return { at: { built, serving }, bytes };
}

/** What the release that has the file as it is now answers with. */
function textOf(folder: string): string {
  return readFileSync(join(folder, "src/7.js"), "utf8").slice(2, 34);
}

/** Asks over and over; tells when that answer first came. */
async function firstAnswer(at: { address: string; port: number }, text: string, start: number): Promise<number> {
  for (;;) {
    const outcome = await askOnce({ ...at, host: "big.localhost", path: "/", timeoutMs: 2000, signal });
    if (outcome.kind === "answered" && outcome.response.body.toString() === text) return performance.now() - start;
    await systemClock.sleep(10, signal);
  }
}

/** When what a reader of the output sees was there, from the start of the command. */
function partsOf(seen: readonly Seen[]): Record<string, number> {
  const when = (wanted: (event: Seen["event"]) => boolean): number =>
    seen.find(({ event }) => wanted(event))?.at ?? Number.NaN;
  const done = (type: string): number =>
    when((event) => event.event === "journal" && event.line.t === "done" && event.line.id.startsWith(`${type}:`));
  return {
    connected: when(({ event }) => event === "connected"),
    planned: when(({ event }) => event === "planned"),
    built: when(({ event }) => event === "built"),
    started: done("container"),
    switched: done("route"),
  };
}

function bytesOf(seen: readonly Seen[]): number {
  return seen.reduce((sum, { event }) => sum + (event.event === "built" ? event.bytes : 0), 0);
}

function report(took: Readonly<Record<string, readonly Took[]>>): void {
  const of = (all: readonly Took[], part: string): number => median(all.map(({ at }) => at[part] ?? Number.NaN));
  const [own = []] = Object.values(took);
  const head = [
    `one changed file of 50 MB, medians of ${ROUNDS} in turns`,
    "image there",
    "serving",
    "sent",
    "to `drover up`",
  ];
  const rows = Object.entries(took).map(([name, all]) => [
    name,
    ms(of(all, "built")),
    ms(of(all, "serving")),
    `${(median(all.map(({ bytes }) => bytes)) / 1e6).toFixed(1)} MB`,
    `${(of(all, "serving") / of(own, "serving")).toFixed(2)}x`,
  ]);
  process.stdout.write(`${table(head, rows)}\n`);
  const parts = ["connected", "planned", "built", "started", "switched", "serving", "end"];
  const cells = parts.map((part) => ms(of(own, part)));
  process.stdout.write(table(["`drover up`, when it was", ...parts], [["median", ...cells]]));
}
