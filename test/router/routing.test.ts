import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "vitest";
import { routeAnswer } from "../../src/model/router/answer.ts";
import { ask } from "./clients.ts";
import { routerHost } from "./host.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream } from "./upstream.ts";

routerTest("a request goes where its host name says", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await using exact = await startUpstream("exact");
  await using wild = await startUpstream("wild");
  await using other = await startUpstream("other");
  await router.base();
  const page = { status: 404, body: "No app is served under this name.\n" };
  const of = async (host: string): Promise<unknown> => {
    const { status, release, body } = await ask({ port: router.port, host });
    return status === 200 ? release : { status, body };
  };
  expect(await of("www.a.test")).toEqual(page);
  await succeed(router.apply(route("gb-exact", "www.a.test", [exact])));
  await succeed(router.apply(route("gb-wild", "*.a.test", [wild])));
  const cases: [host: string, to: string | undefined][] = [
    ["www.a.test", "exact"],
    ["WWW.A.test", "exact"],
    ["www.a.test.", "exact"],
    ["www.a.test:8080", "exact"],
    ["x.a.test", "wild"],
    ["x.y.a.test", undefined],
    ["a.test", undefined],
    ["gb-exact", undefined],
    ["_next", undefined],
    ["10.0.0.1", undefined],
    ["[::1]:80", undefined],
    ["x.a.test' or 'a", undefined],
    ["%[src]", undefined],
  ];
  for (const [host, to] of cases) expect({ host, to: await of(host) }).toEqual({ host, to: to ?? page });
  await succeed(router.apply({ ...route("gb-other", "x", [other]), domains: [] }));
  for (const [host, to] of cases) expect({ host, to: await of(host) }).toEqual({ host, to: to ?? "other" });
});

routerTest("the app is told who asks, whatever the client claims", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  await router.base();
  await succeed(router.apply(route("gb-app", "app.localhost", [one])));
  const target = { port: router.port, host: "app.localhost" };
  const headers = {
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.test",
    "x-real-ip": "6.6.6.6",
    forwarded: "for=6.6.6.6",
    proxy: "http://6.6.6.6",
  };
  const { body } = await ask(target, { headers });
  const seen: { headers: Record<string, string> } = JSON.parse(body);
  expect(seen.headers).toMatchObject({
    host: "app.localhost",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "app.localhost",
    "x-forwarded-port": String(router.port),
    "x-real-ip": "127.0.0.1",
  });
  expect(JSON.stringify(seen)).not.toContain("6.6.6.6");

  const socket = connect(router.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: app.localhost\r\nHost: other.localhost\r\n\r\n");
  const [answer]: unknown[] = await once(socket, "data");
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
});

routerTest("IPv6 servers, and none at all, are told as they are written", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await router.base();
  const six = (release: string, address: string): Parameters<typeof router.apply>[0] => ({
    ...route("gb-app", "app.localhost", []),
    servers: [{ name: release, address, port: 3000 }],
  });
  for (const spec of [six("r1", "fd00:0:0:1::2"), six("r2", "FD00::3"), route("gb-app", "app.localhost", [])]) {
    await succeed(router.apply(spec));
    expect((await router.state()).get("route:gb-app")).toBe(routeAnswer(spec));
  }
  expect((await ask({ port: router.port, host: "app.localhost" })).status).toBe(503);
});
