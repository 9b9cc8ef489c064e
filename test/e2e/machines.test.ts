import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReleaseEntry } from "../../src/api.ts";
import { askOnce } from "../load/probe.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { openStage, output, type Stage } from "./stage.ts";

const missing = await requirement("an app on several machines", requireEngine);
const signal = AbortSignal.timeout(1_500_000);
const tiny = (more: string): string => `tiny: app({ source: "tiny", domains: ["tiny.test"], drain: 1, stop: 5,
  health: { path: "/up", interval: 0.2, start: 120 }, ${more} })`;

describe.skipIf(missing)("an app on several machines", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage(["one", "two"], { signal });
  }, 600_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const each = (script: string): Promise<string[]> => Promise.all(stage.hosts.map((host) => output(host, script)));
  const answers = async (): Promise<string[]> =>
    Promise.all(
      stage.hosts.map(async ({ address }) => {
        const outcome = await askOnce({ address, port: 80, host: "tiny.test", path: "/", signal });
        return outcome.kind === "answered" ? (outcome.response.body.toString().split(" ")[0] ?? "") : outcome.kind;
      }),
    );
  const IMAGES = "docker images --no-trunc --format '{{.ID}}' drover/tiny-1.tiny";
  const BUILT = "docker images --format '{{.Repository}}' drover/deps | wc -l";

  test("is built once, where `build.on` says, from one base, and is the same image everywhere", async () => {
    await stage.source("tiny", { "version.txt": "v1\n" });
    await stage.stack(tiny('on: ["one", "two"], build: { on: "two" }'));
    const ran = await stage.must("up", "--yes", "--json");
    const [one, two] = await each(IMAGES);
    expect([one, one]).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/), two]);
    const events = ran.events();
    expect(events.flatMap((event) => (event.event === "built" ? [event.machine] : []))).toEqual(["two", "one"]);
    expect(events.flatMap((event) => (event.event === "sending" ? [event.machine] : []))).toEqual(["one"]);
    expect(await answers()).toEqual(["v1", "v1"]);
  });

  test("one changed file makes one build; the other machine is sent what it lacks", async () => {
    await stage.source("tiny", { "version.txt": "v2\n" });
    await stage.stack(tiny('on: ["one", "two"]'));
    const before = await each(BUILT);
    const events = (await stage.must("up", "--yes", "--json")).events();
    const sent = events.flatMap((event) => (event.event === "built" ? [[event.machine, event.bytes] as const] : []));
    expect(sent.map(([machine]) => machine)).toEqual(["one", "two"]);
    for (const [, bytes] of sent) expect(bytes).toBeLessThan(200_000);
    const [one, two] = (await each(IMAGES)).map((ids) => ids.split("\n").sort());
    expect([one, one]).toEqual([two, expect.objectContaining({ length: 2 })]);
    expect([await answers(), await each(BUILT)]).toEqual([["v2", "v2"], before]);
  });

  test("the release says which base it stands on, on both", async () => {
    const entries = JSON.parse((await stage.must("releases", "--json")).stdout) as ReleaseEntry[];
    const current = entries.filter((entry) => entry.current);
    expect(current.map(({ machine }) => machine).sort()).toEqual(["one", "two"]);
    expect(new Set(current.map(({ record }) => record.release)).size).toBe(1);
    const [one, two] = current.map(({ record }) => record.base);
    expect([one, one]).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/), two]);
    const there = await each("docker images --no-trunc --format '{{.ID}}' drover/base-node");
    expect(there).toContain(one);
  });

  test("a part is taken by --on; leaving a machine takes the app away there, and only there", async () => {
    await stage.source("tiny", { "version.txt": "v3\n" });
    await stage.must("up", "--yes", "--on", "one");
    expect(await answers()).toEqual(["v3", "v2"]);
    await stage.stack(tiny('on: "two"'));
    await stage.must("up", "--yes");
    expect(await answers()).toEqual(
      ["answered", "v3"].map((_, at) => (at === 0 ? expect.not.stringMatching(/^v/) : "v3")),
    );
    expect(await each("docker ps -q | wc -l")).toEqual(["0", "1"]);
  });
});
