import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drover, mustRun, type Project, project } from "../e2e/command.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { modeOf } from "./sample.ts";
import { type StepFaults, stepFaults } from "./steps.ts";
import { leftOf, restarted, tornIn, versionText, watchTorn } from "./versions.ts";

/** How many points are tried: all of them are some hundred, and neighbours are much alike. */
const TRIED = { sample: 2, all: 48, these: 0 } as const;
const NAME = "steps";

/**
 * Servers as code, killed anywhere: a version after the other of files, lines, users, a unit with its service, a sysctl and packages
 * is applied; the runner, or the whole host, dies before one of the programs that it starts. The next run finishes. Nobody who
 * reads meanwhile sees a torn file, the service runs what is written, and nothing is left behind.
 */
describe.skipIf(await requirement("kills before every program of a run", requireEngine))("killed anywhere", () => {
  let host: Host;
  let faults: StepFaults;
  let place: Project;
  let folder = "";
  let config = "";
  let version = 0;
  let reached = 0;
  const asked = process.env["DROVER_STEPS"]?.split(",").map(Number) ?? [];
  const { kind } = modeOf(process.env["DROVER_FAULTS"]);

  beforeAll(async () => {
    [host] = (await startHosts([NAME], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-steps-"));
    config = await sshConfig([host], folder);
    place = await project();
    faults = await stepFaults(host);
    await watchTorn(host);
    await up();
    await up();
  }, 900_000);
  afterAll(async () => {
    await place?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function next(): Promise<void> {
    version += 1;
    await place.write("drover.config.ts", versionText(NAME, config, version));
  }

  /** The next version, undisturbed; answers how many programs that took. */
  async function up(): Promise<number> {
    await next();
    await faults.arm();
    await mustRun(["up", "--yes"], { cwd: place.folder });
    return faults.calls();
  }

  /** One version with a kill before the program of that number, and the run that finishes it. */
  async function hit(who: "runner" | "host", at: number): Promise<string[]> {
    await next();
    await faults.arm({ who, at });
    const running = drover(["up", "--yes"], { cwd: place.folder, signal: AbortSignal.timeout(300_000) });
    const isOff = who === "host" && (await restarted(host, running));
    await running;
    // Where the host was switched off, its /run went with that.
    if (isOff || (await faults.fired())) reached += 1;
    await faults.arm();
    await mustRun(["up", "--yes"], { cwd: place.folder });
    const plan = await drover(["plan", "--detailed-exitcode"], { cwd: place.folder });
    const left = await leftOf(host, version);
    const wrong = [
      ...left,
      ...(await tornIn(host)),
      ...(plan.code === 0 ? [] : [`the plan is not empty: ${plan.stdout}`]),
    ];
    return wrong.map((text) => `${who} before program ${at}: ${text}`);
  }

  // Named points of other suites leave nothing to try here.
  test.runIf(asked.length > 0 || TRIED[kind] > 0)("a runner that dies before any of its programs", async () => {
    const count = await up();
    const tried = TRIED[kind];
    const points =
      asked.length > 0 ? asked : Array.from({ length: tried }, (_, n) => 1 + Math.floor((n * count) / tried));
    const wrong: string[] = [];
    reached = 0;
    for (const at of points) wrong.push(...(await hit("runner", at)));
    process.stdout.write(`killed anywhere: ${count} programs in a run, ${reached} kills, ${wrong.length} wrong\n`);
    // Not every version takes as many programs: the last points may not be reached.
    expect(reached).toBeGreaterThan(points.length * 0.8);
    expect(wrong).toEqual([]);
  });

  test.runIf(asked.length === 0 && TRIED[kind] > 0)("a host that dies before any of its programs", async () => {
    const count = await up();
    const tried = Math.ceil(TRIED[kind] / 6);
    const points = Array.from({ length: tried }, (_, n) => 3 + Math.floor(((n + 0.5) * count) / tried));
    const wrong: string[] = [];
    reached = 0;
    for (const at of points) wrong.push(...(await hit("host", at)));
    process.stdout.write(`killed anywhere: ${reached} hosts switched off, ${wrong.length} wrong\n`);
    expect(wrong).toEqual([]);
  });
});
