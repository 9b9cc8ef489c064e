import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReleaseEntry } from "../../src/api.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { openStage, type Stage } from "./stage.ts";

const missing = await requirement("rollbacks on a host", requireEngine);
const signal = AbortSignal.timeout(1_500_000);

/** Image, environment, processes and routes of version 3 differ from those of version 6: all of it has to go back. */
const OLD = `tiny: app({ source: "tiny", on: "web", domains: ["old.test"], env: { COLOR: "red" }, drain: 1, stop: 5,
  processes: { web: { scale: 2 }, worker: { command: ["node", "worker.js"] } },
  health: { path: "/up", interval: 0.2, start: 120 } })`;
const NEW = `tiny: app({ source: "tiny", on: "web", domains: ["new.test", "www.new.test"], env: { COLOR: "blue", MORE: "1" },
  drain: 1, stop: 5, health: { path: "/up", interval: 0.2, start: 120 } })`;
const BROKEN = NEW.replace("start: 120", "start: 3");

describe.skipIf(missing)("releases and the way back", () => {
  let stage: Stage;
  const idOf = new Map<string, string>();

  beforeAll(async () => {
    stage = await openStage(["web"], { signal });
    for (const version of [1, 2, 3]) await release(version, OLD);
    for (const version of [4, 5, 6]) await release(version, NEW);
  }, 600_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  async function release(version: number, apps: string): Promise<void> {
    await stage.source("tiny", { "version.txt": `v${version}\n` });
    await stage.stack(apps);
    await stage.must("up", "--yes");
    idOf.set(`v${version}`, (await releases())[0]?.record.release ?? "");
  }

  async function releases(): Promise<ReleaseEntry[]> {
    return JSON.parse((await stage.must("releases", "--json")).stdout);
  }

  /** What runs, without names: process, its color, and its version. */
  async function running(): Promise<string[]> {
    const names = await stage.sh("docker ps --filter label=drover.owner=tiny-1/production --format '{{.Names}}'");
    const lines = names.split("\n").map(async (name) => {
      const said = await stage.sh(`docker exec ${name} sh -c 'echo $DROVER_PROCESS $COLOR $MORE $(cat version.txt)'`);
      return said.replace(/ +/g, " ");
    });
    return (await Promise.all(lines)).sort();
  }

  const images = async (): Promise<string[]> =>
    (await stage.sh("docker images --format '{{.Repository}}:{{.Tag}}' drover/tiny-1.tiny")).split("\n").sort();

  const detailed = async (...more: string[]): Promise<{ code: number; stdout: string }> => {
    const { code, stdout } = await stage.run("plan", "--detailed-exitcode", ...more);
    return { code, stdout };
  };

  test("are listed newest first; five are kept, with exactly their images", async () => {
    const all = await releases();
    expect(all.map(({ app, machine, current, failed }) => ({ app, machine, current, failed }))).toEqual(
      all.map((_, index) => ({ app: "tiny", machine: "web", current: index === 0, failed: false })),
    );
    expect(all.map(({ record }) => record.release)).toEqual(
      ["v6", "v5", "v4", "v3", "v2", "v1"].map((v) => idOf.get(v)),
    );
    expect(await images()).toEqual(
      all
        .slice(0, 5)
        .map(({ record }) => record.image)
        .sort(),
    );
    const text = (await stage.must("releases")).stdout;
    expect(text).toMatch(new RegExp(`tiny +${idOf.get("v6")} +current +web`));
  });

  test("one that failed keeps its record and its last log lines, and nothing else", async () => {
    const before = [await running(), await images()];
    await stage.source("tiny", { "version.txt": "v7\n", "broken.txt": "exit\n" });
    await stage.stack(BROKEN);
    const ran = await stage.run("up", "--yes");
    expect([ran.code, ran.stdout]).toEqual([1, expect.stringMatching(/exit code 3/)]);
    const [newest] = await releases();
    expect(newest).toMatchObject({ failed: true, current: false, log: expect.stringContaining("v7: no database") });
    expect((await stage.must("releases")).stdout).toMatch(/failed/);
    expect([await running(), (await images()).length]).toEqual([before[0], 6]);

    // The next good run takes its image along.
    await stage.source("tiny", { "version.txt": "v6\n" });
    await stage.stack(NEW);
    await stage.must("up", "--yes");
    expect([await running(), await images()]).toEqual(before);
    expect((await detailed()).code).toBe(0);
  });

  test("rollback without a release goes to the one before", async () => {
    await stage.must("rollback", "--yes");
    expect(await running()).toEqual(["web blue 1 v5"]);
    expect(await stage.ask("new.test", "/")).toBe(`v5 ${idOf.get("v5")}`);
    expect((await releases())[0]).toMatchObject({ current: true, record: { release: idOf.get("v5") } });
  });

  test("rollback to a release puts image, environment, processes and routes back together", async () => {
    const id = idOf.get("v3") ?? "";
    const plan = await stage.must("rollback", "tiny", id, "--yes");
    expect(plan.stdout).toContain(`tiny goes back to release ${id}`);
    expect(await running()).toEqual(["web red v3", "web red v3", "worker red v3"]);
    expect(await stage.ask("old.test", "/")).toBe(`v3 ${id}`);
    expect([await stage.ask("new.test", "/"), await stage.ask("www.new.test", "/")]).toEqual(["404", "404"]);
  });

  test("the plan shows the pin and who set it, and up leaves it alone", async () => {
    const id = idOf.get("v3");
    const shown = await detailed();
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`tiny is pinned to release ${id} by \\S+@\\S+ .*drover up --lift`));
    const before = await stage.sh("docker ps --format '{{.ID}} {{.Names}}'");
    await stage.source("tiny", { "version.txt": "v8\n" });
    await stage.must("up", "--yes");
    expect(await stage.sh("docker ps --format '{{.ID}} {{.Names}}'")).toBe(before);
    expect((await stage.must("status")).stdout).toContain(`pinned tiny to release ${id}`);
    // Nobody can be asked here, so lifting it needs consent.
    const asked = await stage.run("up", "--lift");
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining("--yes")]);
    expect(await stage.sh("docker ps --format '{{.ID}} {{.Names}}'")).toBe(before);
  });

  test("lifting it goes on with what the file says, and kept are the current and four more", async () => {
    const lifted = await stage.must("up", "--lift", "--yes");
    expect(lifted.stdout).toContain("lift the pin of tiny");
    expect(await running()).toEqual(["web blue 1 v8"]);
    expect(await stage.ask("www.new.test", "/")).toMatch(/^v8 /);
    expect(await stage.ask("old.test", "/")).toBe("404");
    const good = (await releases()).filter(({ failed }) => !failed);
    expect(await images()).toEqual(
      good
        .slice(0, 5)
        .map(({ record }) => record.image)
        .sort(),
    );
    expect(await detailed()).toEqual({ code: 0, stdout: expect.not.stringContaining("pinned") });
  });

  test("a release that is not kept cannot be gone back to", async () => {
    const id = idOf.get("v1");
    const ran = await stage.run("rollback", "tiny", id ?? "", "--yes");
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`no release ${id} of tiny is kept`)]);
    const unknown = await stage.run("rollback", "tiny", "00000000", "--yes");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("no release 00000000 of tiny is kept")]);
  });

  test("history tells of it all", async () => {
    const { stdout } = await stage.must("history");
    expect(stdout.match(/rollback of tiny-1\/production by /g)?.length).toBe(2);
    expect(stdout).toMatch(/» pin tiny [\s\S]*» unpin tiny/);
  });
});
