import { afterAll, describe, expect, test } from "vitest";
import { requireEngine, requirement } from "../machines/index.ts";
import { FIRST_COUNTS, isAsked, pointsFor, type Scenario } from "./asked.ts";
import { type Injection, inject, quietUp, recovers } from "./inject.ts";
import type { Counts } from "./point.ts";
import { failureText, reportText } from "./report.ts";
import { modeOf, randomFrom } from "./sample.ts";
import { bareScene, giveBase, nextRelease, type Scene } from "./scene.ts";
import { snapshot } from "./snapshot.ts";
import type { Flavour } from "./tiny.ts";

const mode = modeOf(process.env["DROVER_FAULTS"]);
const seed = Number(process.env["DROVER_FAULTS_SEED"] ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);

describe.skipIf(await requirement("fault injections", requireEngine))(`faults, DROVER_FAULTS_SEED=${seed}`, () => {
  let scene: Scene | undefined;
  afterAll(leave);

  async function leave(): Promise<void> {
    await scene?.[Symbol.asyncDispose]();
    scene = undefined;
  }

  /** A host of its own, as good as new. */
  async function bare(): Promise<Scene> {
    await leave();
    scene = await bareScene();
    return scene;
  }

  /** A host on which the app is up, as it is after some undisturbed releases; what such a release counts and leaves. */
  async function steady(flavour: Flavour): Promise<{ scene: Scene; counts: Counts; expected: string[] }> {
    if (scene === undefined) await quietUp(await bare());
    const here = scene ?? (await bare());
    if (here.flavour === "dockerfile") await giveBase(here);
    here.flavour = flavour;
    for (let round = 0; round < 2; round += 1) {
      await nextRelease(here);
      await quietUp(here);
    }
    const counts = { lines: await here.runner.lines(), ...(await here.client.counts()) };
    return { scene: here, counts, expected: await snapshot(here.host) };
  }

  /** Hits releases one after the other, on one host as long as nothing is wrong with it. */
  async function hitReleases(scenario: Scenario, flavour: Flavour): Promise<string[]> {
    let here = await steady(flavour);
    expect(here.expected).toEqual(expect.arrayContaining(SERVED));
    expect(here.expected.filter((line) => /^(container|runner|left|failed)/.test(line))).toHaveLength(1);
    const points = pointsFor(scenario, mode, here.counts, random);
    process.stdout.write(`${scenario}: an undisturbed one has ${JSON.stringify(here.counts)}\n`);
    const injections: Injection[] = [];
    for (const point of points) {
      await nextRelease(here.scene);
      const injection = await inject(here.scene, point, here.expected);
      injections.push(injection);
      if (injection.wrong.length === 0) continue;
      process.stdout.write(`${failureText(scenario, injection)}\n`);
      if (!(await recovers(here.scene, here.expected))) await leave();
      here = scene === undefined ? await steady(flavour) : here;
    }
    return reported(scenario, injections);
  }

  function reported(scenario: Scenario, injections: readonly Injection[]): string[] {
    process.stdout.write(reportText(scenario, injections));
    const fired = injections.filter((one) => one.fired).length;
    // Timing decides how many exchanges a run has: some of the last points may not be reached.
    if (mode.kind === "all") expect(fired).toBeGreaterThan(injections.length * 0.7);
    return injections.filter(({ wrong }) => wrong.length > 0).map((one) => failureText(scenario, one));
  }

  test.runIf(isAsked("first", mode))("the first up on a bare host", async () => {
    const undisturbed = await bare();
    await quietUp(undisturbed);
    const expected = await snapshot(undisturbed.host);
    expect(expected).toEqual(expect.arrayContaining(SERVED));
    const injections: Injection[] = [];
    for (const point of pointsFor("first", mode, FIRST_COUNTS, random)) {
      injections.push(await inject(await bare(), point, expected));
    }
    if (injections.at(-1)?.wrong.length !== 0) await leave();
    expect(reported("first", injections)).toEqual([]);
  });

  test.runIf(isAsked("release", mode))("a new release", async () => {
    expect(await hitReleases("release", "node")).toEqual([]);
  });

  test.runIf(isAsked("build", mode))("a new release whose build takes a while", async () => {
    expect(await hitReleases("build", "built")).toEqual([]);
  });
});

/** What is there when the app is served, whatever it was made from. */
const SERVED = [
  "container ft-5c1e.tiny.web.*.1 running drover/ft-5c1e.tiny:*",
  "network ft-5c1e.tiny",
  "volume ft-5c1e.tiny.data",
  "unlocked",
  "release *",
];
