import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { buildImage } from "../../src/build/build.ts";
import { DEPS_REPOSITORY, isOn } from "../../src/build/deps.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { findImage } from "../../src/build/engine-shapes.ts";
import { imageConfig } from "../../src/build/image.ts";
import { makeLayer } from "../../src/build/layer.ts";
import { loadImage } from "../../src/build/load.ts";
import { idleDependencies, noteUse, pruneDependencies } from "../../src/build/prune.ts";
import { readSource } from "../../src/build/source.ts";
import { textEntry } from "../../src/build/tar.ts";
import { docker, folder, LABELS, openLocal, quiet, removeImages, runImage, testBase } from "./engine.ts";

const signal = new AbortController().signal;
const [CUT, OLDER, NEWER] = [
  `${DEPS_REPOSITORY}:test-cut`,
  `${DEPS_REPOSITORY}:test-older`,
  `${DEPS_REPOSITORY}:test-newer`,
] as const;
let api: EngineApi;
let base: Base;
beforeAll(async () => {
  api = await openLocal();
  base = await testBase(api, signal);
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  removeImages(`${DEPS_REPOSITORY}:test-*`);
  await api[Symbol.asyncDispose]();
});

describe("pruneDependencies", () => {
  it("takes the longest unused that no image lies on, and leaves the others", async () => {
    const built = await builtApp();
    for (const tag of [CUT, OLDER, NEWER]) await loadOnBase(tag);
    await noteUse(api, [OLDER, NEWER], signal);
    const idle = await idleDependencies(api, signal);
    expect(idle.slice(0, 2)).toEqual([NEWER, OLDER]);
    // A build that was cut off never noted it.
    expect(idle.indexOf(CUT)).toBeGreaterThan(1);
    for (const tag of idle) expect(await isUnder(tag, built), tag).toBe(false);
    expect(await Promise.all(depsImages().map((tag) => isUnder(tag, built)))).toContain(true);
    await noteUse(api, [OLDER], signal);
    expect((await idleDependencies(api, signal)).slice(0, 2)).toEqual([OLDER, NEWER]);
    const gone = await pruneDependencies(api, idle.length - 1, signal);
    expect(gone).toEqual([idle.at(-1)]);
    expect(depsImages()).not.toContain(gone[0]);
    expect(runImage(built)).toBe("kept");
  });
});

/** The name of an app's image, which lies on one of dependencies. */
async function builtApp(): Promise<string> {
  const manifest = { scripts: { build: "node -e 0" } };
  using app = folder({ "package.json": JSON.stringify(manifest), "server.js": "console.log('kept')" });
  const { tree, recipe } = await readSource(app.path, {}, signal);
  const request = { api, signal, tree, recipe, base: base.image, labels: LABELS, onOutput: quiet };
  return (await buildImage({ ...request, name: "drover-build-test/pruned:1" })).tag;
}

async function loadOnBase(tag: string): Promise<void> {
  await using bytes = await makeLayer([textEntry("x", tag)], signal);
  const layers = [{ diffId: bytes.diffId, why: "test", bytes }];
  const config = imageConfig(base.image, layers, { labels: LABELS });
  await loadImage(api, { images: [{ config, tag }], layers }, undefined, signal);
}

function depsImages(): string[] {
  return docker("images", "--format", "{{.Repository}}:{{.Tag}}", DEPS_REPOSITORY).split("\n");
}

async function isUnder(below: string, above: string): Promise<boolean> {
  const [lower, upper] = await Promise.all([findImage(api, below, signal), findImage(api, above, signal)]);
  return lower !== undefined && upper !== undefined && isOn(upper, lower);
}
