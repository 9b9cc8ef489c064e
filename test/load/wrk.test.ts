import { describe, expect, test } from "vitest";
import { startBroken, startNamed, startRaw, unusedPort } from "./servers.ts";
import { findWrk, parseWrk, runWrk } from "./wrk.ts";

const clean = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   321.12us  112.00us   4.00ms   92.00%
    Req/Sec     6.12k   411.00     6.90k    71.00%
  24501 requests in 2.00s, 3.62MB read
Requests/sec:  12243.10
Transfer/sec:      1.81MB
`;
const unclean = clean.replace(
  "Requests/sec:",
  "  Socket errors: connect 1, read 22, write 3, timeout 4\n  Non-2xx or 3xx responses: 55\nRequests/sec:",
);

test("parseWrk reads every count", () => {
  const none = { badStatus: 0, connect: 0, read: 0, write: 0, timeout: 0 };
  expect(parseWrk(clean)).toEqual({ requests: 24501, perSecond: 12243.1, ...none });
  const some = { badStatus: 55, connect: 1, read: 22, write: 3, timeout: 4 };
  expect(parseWrk(unclean)).toEqual({ requests: 24501, perSecond: 12243.1, ...some });
  expect(() => parseWrk("unable to connect")).toThrow("not a report of wrk: unable to connect");
});

test("without wrk it is skipped, or with DROVER_TEST_REQUIRE=all a failure", () => {
  const said: string[] = [];
  expect(findWrk({ PATH: "/nowhere" }, (text) => void said.push(text))).toBeUndefined();
  expect(said).toEqual(["SKIPPED: wrk is not installed: apt-get install wrk\n"]);
  expect(() => findWrk({ PATH: "/nowhere", DROVER_TEST_REQUIRE: "all" })).toThrow("apt-get install wrk");
});

const wrk = findWrk();

describe.skipIf(wrk === undefined)("runWrk", () => {
  const signal = new AbortController().signal;
  const run = (port: number, more: { host?: string; signal?: AbortSignal } = {}) =>
    runWrk({
      ...{ address: "127.0.0.1", port, host: "a.test", path: "/x?y=1", threads: 1, connections: 2, seconds: 1 },
      ...{ signal, wrk: wrk ?? "", ...more },
    });

  test("a server that answers", async () => {
    await using upstream = await startNamed("r1");
    const report = await run(upstream.port);
    expect(report).toMatchObject({ badStatus: 0, connect: 0, read: 0, write: 0, timeout: 0 });
    expect(report.requests).toBeGreaterThan(0);
  });

  test("a server with errors, and one that resets", async () => {
    await using broken = await startBroken();
    const report = await run(broken.port);
    expect(report.badStatus).toBe(report.requests);
    await using rude = await startRaw((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect((await run(rude.port)).read).toBeGreaterThan(0);
  });

  test("sends path and Host as they are given", async () => {
    const seen = new Set<string>();
    await using upstream = await startRaw((socket) =>
      socket.on("data", (chunk) => {
        seen.add(chunk.toString("latin1"));
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }),
    );
    await run(upstream.port, { host: "guest book$(id)" });
    expect([...seen].join()).toMatch(/^GET \/x\?y=1 HTTP\/1\.1\r\nHost: guest book\$\(id\)\r\n\r\n$/);
  });

  test("nobody listens, and being called off", async () => {
    await expect(run(await unusedPort())).rejects.toThrow("wrk failed: unable to connect");
    await expect(run(9, { signal: AbortSignal.abort() })).rejects.toThrow("wrk failed");
  });
});
