import { Agent } from "node:http";
import { expect } from "vitest";
import { ask, openWebSocket } from "./clients.ts";
import { type RouterHost, routerHost } from "./host.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream } from "./upstream.ts";

const app = "app.localhost";
const other = route("gb-other", "other.localhost", []);
const until = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Wait for what another process brings about; fails after 15 s. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let left = 150; left > 0; left -= 1) {
    if (await check()) return;
    await until(100);
  }
  expect.fail("did not come about within 15 s");
}

const workers = async (router: RouterHost): Promise<number> => {
  const processes = await router.master("show proc");
  return processes.split("\n").filter((line) => /^\d+ +worker /.test(line)).length;
};

routerTest(
  "a WebSocket stays on its release over a reload and a switch, until it closes",
  { timeout: 60_000 },
  async () => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    await using two = await startUpstream("r2");
    await router.base();
    await succeed(router.apply(route("gb-app", app, [one])));
    const socket = await openWebSocket({ port: router.port, host: app });
    expect(await socket.echo("a")).toBe("r1:a");

    expect(await succeed(router.apply(other))).toBe("reloaded\n");
    expect(await socket.echo("b")).toBe("r1:b");
    expect(await workers(router)).toBe(2);

    const switching = succeed(router.apply(route("gb-app", app, [two], 30)));
    await eventually(async () => (await ask({ port: router.port, host: app })).release === "r2");
    expect(await socket.echo("c")).toBe("r1:c");
    // Known to the worker before only, and still told as leaving: nobody may stop r1 yet.
    await eventually(async () => ((await router.state()).get("route:gb-app") ?? "").includes(" leaving=r1-web-1 "));
    await until(500);
    expect(await socket.echo("d")).toBe("r1:d");
    socket.close();
    expect(await switching).toMatch(/^drained r1-web-1 [0-9.]+\n$/);
    expect((await router.state()).get("route:gb-app")).toContain(" leaving= ");
    await eventually(async () => (await workers(router)) === 1);
  },
);

routerTest.each([
  ["the current worker", false],
  ["a worker before it", true],
])("the drain limit cuts and counts what is left in %s", { timeout: 60_000 }, async (_, reload) => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  await using two = await startUpstream("r2");
  await router.base();
  await succeed(router.apply(route("gb-app", app, [one])));
  const sockets = [];
  for (let count = 0; count < 3; count += 1) sockets.push(await openWebSocket({ port: router.port, host: app }));
  if (reload) await succeed(router.apply(other));
  const before = Date.now();
  const said = await succeed(router.apply(route("gb-app", app, [two], 1.5)));
  expect(said).toMatch(/^note: 3 still open on r1-web-1 at the drain limit: cut\ndrained r1-web-1 [0-9.]+\n$/);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1500);
  await Promise.all(sockets.map(({ closed }) => closed));
  expect((await ask({ port: router.port, host: app })).release).toBe("r2");
});

routerTest(
  "a half-closed WebSocket, which HAProxy will not shut by command, ends by itself",
  {
    timeout: 60_000,
  },
  async () => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    await using two = await startUpstream("r2");
    await router.base();
    await succeed(router.apply(route("gb-app", app, [one])));
    (await openWebSocket({ port: router.port, host: app }, "/half")).close();
    const said = await succeed(router.apply(route("gb-app", app, [two], 1)));
    expect(said).toMatch(/^note: 1 still open on r1-web-1 at the drain limit: cut\ndrained r1-web-1 [0-9.]+\n$/);
  },
);

routerTest(
  "an app is removed once its WebSockets are drained, and other apps keep theirs",
  { timeout: 60_000 },
  async () => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    await router.base();
    await succeed(router.apply(route("gb-app", app, [one])));
    await succeed(router.apply(route("gb-other", "other.localhost", [one])));
    const [stays, goes] = [
      await openWebSocket({ port: router.port, host: app }),
      await openWebSocket({ port: router.port, host: "other.localhost" }),
    ];
    const said = await succeed(router.remove(route("gb-other", "other.localhost", [], 1)));
    expect(said).toMatch(
      /^note: 1 still open on r1-web-1 at the drain limit: cut\ndrained r1-web-1 [0-9.]+\nreloaded\n$/,
    );
    await goes.closed;
    expect(await stays.echo("x")).toBe("r1:x");
    const gone = await ask({ port: router.port, host: "other.localhost" });
    expect(gone).toMatchObject({ status: 404, body: "No app is served under this name.\n" });
    stays.close();
  },
);

routerTest(
  "a connection kept over a reload gets its next answer from the current worker",
  { timeout: 60_000 },
  async () => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    await using two = await startUpstream("r2");
    await router.base();
    await succeed(router.apply(route("gb-app", app, [one])));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask({ port: router.port, host: app }, { agent })).release).toBe("r1");
    await succeed(router.apply(other));
    await succeed(router.apply(route("gb-app", app, [two])));
    await one.stop();
    // The worker that this connection is with knows neither r2 nor the other app.
    expect(await ask({ port: router.port, host: app }, { agent })).toMatchObject({ status: 200, release: "r2" });
    agent.destroy();
  },
);
