import { afterAll, describe, expect, test } from "vitest";
import { requireEngine, requirement } from "../machines/index.ts";
import { wrongWith } from "./check.ts";
import { type Injection, inject, quietUp } from "./inject.ts";
import { allPoints, type Counts, type Point, parsePoint } from "./point.ts";
import { failureText, reportText } from "./report.ts";
import { modeOf, randomFrom, sample } from "./sample.ts";
import { bareScene, becomeNodeApp, nextRelease, type Scene } from "./scene.ts";
import { snapshot } from "./snapshot.ts";

const mode = modeOf(process.env["DROVER_FAULTS"]);
const seed = Number(process.env["DROVER_FAULTS_SEED"] ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const FIRST = "first/";
/** About what the first `up` of a bare host has; it takes a minute, so that only some of its points are tried. */
const FIRST_COUNTS: Counts = { lines: 22, exchanges: 25, streams: 2 };

function firstPoints(): Point[] {
  if (mode.kind !== "these") return sample(allPoints(FIRST_COUNTS), mode.kind === "sample" ? 1 : 12, random);
  return mode.texts.filter((text) => text.startsWith(FIRST)).map((text) => parsePoint(text.slice(FIRST.length)));
}

function releasePoints(counts: Counts): Point[] {
  if (mode.kind === "these") return mode.texts.filter((text) => !text.startsWith(FIRST)).map(parsePoint);
  return mode.kind === "sample" ? sample(allPoints(counts), 8, random) : allPoints(counts);
}

describe.skipIf(await requirement("fault injections", requireEngine))(`faults, DROVER_FAULTS_SEED=${seed}`, () => {
  let scene: Scene | undefined;
  afterAll(leave);

  async function leave(): Promise<void> {
    await scene?.[Symbol.asyncDispose]();
    scene = undefined;
  }

  /** A host on which release 1 is up, without any fault. */
  async function served(): Promise<Scene> {
    await leave();
    scene = await bareScene();
    await quietUp(scene);
    return scene;
  }

  /** The same, with the app as a Node app in its steady state; what an undisturbed release counts and leaves. */
  async function steadyScene(): Promise<{ scene: Scene; counts: Counts; expected: string[] }> {
    const here = scene ?? (await served());
    if (here.flavour !== "node") await becomeNodeApp(here);
    for (let round = 0; round < 2; round += 1) {
      await nextRelease(here);
      await quietUp(here);
    }
    const counts = { lines: await here.runner.lines(), ...(await here.client.counts()) };
    return { scene: here, counts, expected: await snapshot(here.host) };
  }

  test("the very first up, on a bare host", async () => {
    const points = firstPoints();
    if (points.length === 0) return;
    const expected = mode.kind === "sample" ? FIRST_UP : await snapshot((await served()).host);
    expect(expected).toEqual(FIRST_UP);
    const injections: Injection[] = [];
    for (const point of points) {
      await leave();
      scene = await bareScene();
      injections.push(await inject(scene, point, expected));
    }
    process.stdout.write(reportText("first up", injections));
    if (injections.at(-1)?.wrong.length !== 0) await leave();
    expect(injections.filter(({ wrong }) => wrong.length > 0).map(failureText)).toEqual([]);
  });

  test("a release, hit at every point", async () => {
    if (mode.kind === "these" && releasePoints({ lines: 0, exchanges: 0, streams: 0 }).length === 0) return;
    let steady = await steadyScene();
    expect(steady.expected.filter((line) => /^(container|image|runner|left)/.test(line))).toEqual([
      "container ft-5c1e.tiny.web.*.1 running drover/ft-5c1e.tiny:*",
      "image drover/base-node:24-bookworm",
      "image drover/ft-5c1e.tiny:*",
      "image drover/ft-5c1e.tiny:*",
    ]);
    const points = releasePoints(steady.counts);
    process.stdout.write(`${JSON.stringify(steady.counts)}: ${points.length} points\n`);
    const injections: Injection[] = [];
    for (const point of points) {
      await nextRelease(steady.scene);
      const injection = await inject(steady.scene, point, steady.expected);
      injections.push(injection);
      if (injection.wrong.length === 0) continue;
      process.stdout.write(`${failureText(injection)}\n`);
      // What is broken must not make the next point fail.
      await leave();
      steady = await steadyScene();
    }
    process.stdout.write(reportText("release", injections));
    expect(await wrongWith(steady.scene, steady.scene.place, steady.expected)).toEqual([]);
    expect(injections.filter(({ wrong }) => wrong.length > 0).map(failureText)).toEqual([]);
    expect(injections.filter(({ fired }) => fired).length).toBeGreaterThan(points.length * 0.7);
  });
});

/** All that is on a host after its first `up`. */
const FIRST_UP: string[] = [];
