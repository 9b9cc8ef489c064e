import { describe, expect, test } from "vitest";
import { type Desired, type DesiredOptions, desiredOn } from "../../src/engine/desired.ts";
import { lostBlobs } from "../../src/engine/preflight.ts";
import { type AppSpec, appSchema } from "../../src/model/app.ts";
import { NOTHING } from "../../src/model/change.ts";
import { type Memory, NO_MEMORY } from "../../src/model/journal.ts";
import { withRename } from "../../src/model/memory.ts";
import type { Place } from "../../src/model/place.ts";
import type { HostPlan } from "../../src/model/plan.ts";
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

describe("an app that was renamed", () => {
  const renamed = { ...stack, apps: { site: appSchema.parse({ source: ".", on: "m", was: "web" }) } };
  const kept = (memory: Memory, options: Partial<DesiredOptions> = {}) => {
    const seen: unknown[] = [];
    const watching: Place = {
      ...place,
      lower: (name, app, release, target, facts) => {
        seen.push(...target.kept.map(({ image }) => image));
        return place.lower(name, app, release, target, facts);
      },
    };
    const shelves = { types: {}, places: { docker: watching } };
    const made = desiredOn("m", renamed, shelves, { ...memory, seq: 9 }, new Map(), {
      ...{ inputs: { site: "def" }, lift: false },
      ...options,
    });
    return { made, seen };
  };

  test("keeps the images of its releases", () => {
    const { made, seen } = kept(remembered({ desired: desired(NO_MEMORY) }));
    expect(seen).toEqual(["i:abc"]);
    expect(made.records).toEqual([{ kind: "rename", owner: "s/production", what: "app", from: "web", to: "site" }]);
  });

  test("stays pinned, in the plan and in what the target remembers", () => {
    const first = desired(NO_MEMORY);
    const release = first.releases[0]?.release ?? "";
    const pins = { "s/production web": { release, by: "me", run: "r" } };
    const memory = { ...remembered({ desired: first }), pins };
    expect(kept(memory).made.releases).toMatchObject([{ app: "site", release }]);
    const note = { kind: "rename", owner: "s/production", what: "app", from: "web", to: "site" } as const;
    expect(withRename(memory, note).pins).toEqual({ "s/production site": pins["s/production web"] });
  });
});

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

describe("a release to go back to", () => {
  const numbered = (at: number): Desired => desired(NO_MEMORY, { inputs: { web: `input ${at}` } });
  const good = [6, 5, 4, 3, 2, 1].map((at) => ({ desired: numbered(at) }));
  const failed = { desired: numbered(7), failed: true };
  const memory = remembered(failed, ...good);
  const idOf = (at: number): string => numbered(at).releases[0]?.release ?? "";
  const back = (at: number): Desired => desired(memory, { pin: { web: idOf(at) } });

  test("is one of those that are kept: the newest five that were good", () => {
    expect([6, 2].map((at) => back(at).releases[0]?.image)).toEqual(["i:input 6", "i:input 2"]);
    for (const at of [7, 1]) expect(() => back(at)).toThrow(`no release ${idOf(at)} of web is kept`);
  });

  test("is not built again; one whose image is gone is told before anything is done", () => {
    expect(back(2).builds).toEqual([]);
    const steps = [{ kind: "call" as const, method: "POST" as const, path: "/load", body: { blob: "input 2" } }];
    const change = { ...NOTHING, id: "m/image:i", type: "image", name: "i", on: "m", needs: [], app: "web", steps };
    const plan: HostPlan = {
      ...{
        machine: "m",
        machineId: "1",
        changes: [change],
        unchanged: 0,
        builds: [],
        releases: [],
        records: [],
        urls: [],
      },
    };
    expect(lostBlobs(plan)).toMatchObject([
      { code: "PREFLIGHT", id: "m/image:i", hint: expect.stringContaining("drover releases web") },
    ]);
    const build = { blob: "input 2", app: "web", image: "i", machine: "m", source: "input 2" };
    expect(lostBlobs({ ...plan, builds: [build] })).toEqual([]);
  });
});
