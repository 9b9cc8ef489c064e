import { join } from "node:path";
import { expect } from "vitest";
import { routeAnswer } from "../../src/model/router/answer.ts";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import { keepAliveLoad } from "./clients.ts";
import { type Result, type RouterHost, routerHost } from "./host.ts";
import { killer } from "./kill.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream } from "./upstream.ts";

/** Every point at which it can be killed with DROVER_FAULTS=all, else one in five. */
const stride = process.env["DROVER_FAULTS"] === "all" ? 1 : 5;

/** Kills `run` before its first, second, ... program, each time followed by a run to the end. */
async function killEverywhere(
  router: RouterHost,
  run: (turn: number, env: Record<string, string>) => Promise<Result>,
  check: (turn: number) => Promise<void>,
): Promise<number> {
  const kill = await killer(join(router.dir, "../bin"));
  let kills = 0;
  for (let call = 1, turn = 0; ; call += stride, turn += 1) {
    const { code } = await run(turn, await kill.at(call));
    if (code !== null) break;
    kills += 1;
    await succeed(run(turn, {}));
    await check(turn);
  }
  return kills;
}

routerTest(
  "killed before any of its programs, apply finishes when called again; no request fails",
  {
    timeout: 300_000,
  },
  async () => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    await using two = await startUpstream("r2");
    const specs = [route("gb-app", "app.localhost", [one]), route("gb-app", "app.localhost", [two])];
    const turnOf = (turn: number): RouteSpec => specs[turn % 2] ?? expect.fail();
    await router.base();
    await succeed(router.apply(turnOf(1)));
    await using load = keepAliveLoad({ port: router.port, host: "app.localhost" }, 4);
    const kills = await killEverywhere(
      router,
      (turn, env) => router.apply(turnOf(turn), env),
      async (turn) => expect((await router.state()).get("route:gb-app")).toBe(routeAnswer(turnOf(turn))),
    );
    const { failures, answered } = await load.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    expect(kills).toBeGreaterThan(3);
  },
);

routerTest("the same for an app that is added and removed, while another is served", { timeout: 300_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  const stays = route("gb-app", "app.localhost", [one]);
  const comes = route("gb-other", "other.localhost", [one]);
  await router.base();
  await succeed(router.apply(stays));
  await using load = keepAliveLoad({ port: router.port, host: "app.localhost" }, 4);
  await killEverywhere(
    router,
    (_, env) => router.apply(comes, env),
    async () => {
      expect((await router.state()).get("route:gb-other")).toBe(routeAnswer(comes));
      await succeed(router.remove(comes));
    },
  );
  await succeed(router.apply(comes));
  await killEverywhere(
    router,
    (_, env) => router.remove(comes, env),
    async () => {
      expect([...(await router.state()).keys()]).toEqual(["router", "route:gb-app"]);
      await succeed(router.apply(comes));
    },
  );
  expect((await load.stop()).failures).toEqual([]);
});

routerTest("the same for the first start", { timeout: 300_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  const spec = route("gb-app", "app.localhost", [one]);
  await router.base();
  await succeed(router.apply(spec));
  await killEverywhere(
    router,
    async (_, env) => {
      await router.sync(["stop"]);
      return router.apply(spec, env);
    },
    async () => expect((await router.state()).get("route:gb-app")).toBe(routeAnswer(spec)),
  );
});
