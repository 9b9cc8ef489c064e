import { expect } from "vitest";
import { routeAnswer } from "../../src/model/router/answer.ts";
import { keepAliveLoad, wrk } from "./clients.ts";
import { type RouterHost, routerHost } from "./host.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

routerTest(
  "20 releases, 5 of them broken, another app added and removed: no request fails",
  {
    timeout: 180_000,
  },
  async () => {
    await using router = await routerHost();
    await router.base();
    await using upstreams = new AsyncDisposableStack();
    let current: Upstream = upstreams.use(await startUpstream("r0"));
    await succeed(router.apply(route("gb-app", "app.localhost", [current])));
    const target = { port: router.port, host: "app.localhost" };
    await using load = keepAliveLoad(target, 8);
    await using full = wrk(target);
    for (let turn = 1; turn <= 20; turn += 1) {
      if (turn % 4 === 0) await breakOne(router, turn, current);
      else current = upstreams.use(await release(router, `r${turn}`, current));
      if (turn === 6) await succeed(router.apply(route("gb-other", "other.localhost", [current])));
      if (turn === 13) await succeed(router.remove(route("gb-other", "other.localhost", [])));
    }
    const seen = await full.stop();
    const { failures, answered, releases } = await load.stop();
    expect(answered).toBeGreaterThan(100);
    expect({ wrk: seen.failed, clients: failures }).toEqual({ wrk: [], clients: [] });
    expect([...releases.keys()].length).toBeGreaterThan(10);
    expect(seen.requests).toBeGreaterThan(1000);
  },
);

/** Swap, then stop: the old one is ended without mercy as soon as the script says that it has drained. */
async function release(router: RouterHost, name: string, old: Upstream): Promise<Upstream> {
  const next = await startUpstream(name);
  const spec = route("gb-app", "app.localhost", [next]);
  const said = await succeed(router.apply(spec));
  expect(said).toMatch(new RegExp(`^drained ${old.release}-web-1 [0-9.]+\n$`));
  await old.stop();
  expect((await router.state()).get("route:gb-app")).toBe(routeAnswer(spec));
  return next;
}

/** A release that never listens beside one that does, and then none of it. */
async function breakOne(router: RouterHost, turn: number, current: Upstream): Promise<void> {
  await succeed(router.apply(route("gb-app", "app.localhost", [current, { release: `broken${turn}`, port: 1 }])));
  await succeed(router.apply(route("gb-app", "app.localhost", [current])));
}
