import { describe, expect, test } from "vitest";
import { type Desired, type DesiredOptions, desiredOn } from "../../src/engine/desired.ts";
import { type AppSpec, appSchema } from "../../src/model/app.ts";
import { type Memory, NO_MEMORY } from "../../src/model/journal.ts";
import type { Place } from "../../src/model/place.ts";
import type { Stack } from "../../src/model/stack.ts";

/** A place that makes nothing but the image's name, from its input. */
const place: Place = {
  name: "docker",
  query: () => [],
  lower: (name, _app, release, target) => ({
    resources: [],
    builds: [{ blob: release.inputs.image, app: name, image: `i:${release.inputs.image}`, machine: target.machine }],
    urls: [],
    image: `i:${release.inputs.image}`,
  }),
  processes: () => [],
  routes: () => [],
  logs: () => [],
  checks: () => [],
};

const spec: AppSpec = appSchema.parse({ source: ".", on: "m" });
const stack: Stack = {
  ...{ id: "s", hasId: true, name: "s", environment: "production", machines: {}, resources: {}, folder: "/" },
  apps: { web: spec },
};

function desired(memory: Memory, options: Partial<DesiredOptions> = {}): Desired {
  const shelves = { types: {}, places: { docker: place } };
  return desiredOn("m", stack, shelves, memory, new Map(), { inputs: { web: "abc" }, lift: false, ...options });
}

/** What a target remembers when these were the releases, newest first. */
function remembered(...runs: { desired: Desired; failed?: boolean; base?: string }[]): Memory {
  const entries = runs.flatMap(({ desired: { releases }, failed = false, base }) =>
    releases.map((record) => ({
      record: { ...record, ...(base === undefined ? {} : { base }) },
      ...{ run: "r", time: "t", by: "b", failed },
    })),
  );
  return { ...NO_MEMORY, releases: { "s/production web": entries } };
}

describe("the base of a release", () => {
  test("stays as it was found: nothing of it is in the image's input until it is asked for anew", () => {
    const first = desired(NO_MEMORY);
    expect(first.builds).toMatchObject([{ blob: "abc" }]);
    expect(first.builds[0]?.refresh).toBeUndefined();
    expect(desired(remembered({ desired: first })).releases).toEqual(first.releases);
  });

  test("asked for anew makes another release of the same source, which then stays", () => {
    const first = desired(NO_MEMORY);
    const fresh = desired(remembered({ desired: first }), { refresh: "2026-11-27T10:00:00Z" });
    expect(fresh.builds).toMatchObject([{ refresh: true }]);
    expect(fresh.releases[0]?.release).not.toBe(first.releases[0]?.release);
    const later = desired(remembered({ desired: fresh }, { desired: first }));
    expect(later.releases).toEqual(fresh.releases);
    expect(later.builds[0]?.refresh).toBeUndefined();
  });

  test("of a release that failed counts for nothing", () => {
    const first = desired(NO_MEMORY);
    const fresh = desired(remembered({ desired: first }), { refresh: "2026-11-27T10:00:00Z" });
    expect(desired(remembered({ desired: fresh, failed: true }, { desired: first })).releases).toEqual(first.releases);
  });

  test("is recorded again with every release of the same image", () => {
    const first = desired(NO_MEMORY);
    const [again] = desired(remembered({ desired: first, base: "sha256:1" })).releases;
    expect(again?.base).toBe("sha256:1");
  });
});
