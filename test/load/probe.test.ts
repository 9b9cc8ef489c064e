import { expect, test } from "vitest";
import { watchUp } from "./probe.ts";
import { startBroken, startNamed, startRaw, unusedPort } from "./servers.ts";

const signal = new AbortController().signal;
const target = { address: "127.0.0.1", host: "a.test", path: "/up", everyMs: 1, signal };

test("an app that answers all the time has no failure, and every question its own connection", async () => {
  const connections: number[] = [];
  await using upstream = await startRaw((socket, number) => {
    connections.push(number);
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nup\n"));
  });
  const watch = watchUp({ ...target, port: upstream.port });
  await watch.up;
  while (watch.seen().asked < 10) await new Promise(setImmediate);
  const seen = await watch.stop();
  expect(seen).toMatchObject({ ok: seen.asked, failures: [], failuresSinceUp: [], firstUp: expect.any(Number) });
  expect(connections).toHaveLength(seen.asked);
});

test("down, up, and down again: what came before the first answer is told apart", async () => {
  const port = await unusedPort();
  const watch = watchUp({ ...target, port });
  while (watch.seen().failures.length < 3) await new Promise(setImmediate);
  expect(watch.seen()).toMatchObject({ ok: 0, firstUp: undefined, failuresSinceUp: [] });

  const good = await startNamed("r1", { port });
  await watch.up;
  const before = watch.seen().failures.length;
  await good.close();
  while (watch.seen().failures.length < before + 2) await new Promise(setImmediate);
  const broken = await startBroken(503, { port });
  while (watch.seen().failures.at(-1)?.kind !== "status") await new Promise(setImmediate);
  const seen = await watch.stop();
  await broken.close();

  const kinds = new Set(seen.failuresSinceUp.map(({ kind }) => kind));
  expect(kinds).toContain("refused");
  expect(kinds).toContain("status");
  expect(seen.failures.slice(0, 3).map(({ kind }) => kind)).toEqual(["refused", "refused", "refused"]);
  expect(seen.asked).toBe(seen.ok + seen.failures.length);
  const times = seen.failures.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});

test("an app that resets, hangs up or says nothing is down", async () => {
  await using upstream = await startRaw((socket, number) => {
    socket.on("data", () => {
      if (number % 3 === 1) socket.resetAndDestroy();
      if (number % 3 === 2) socket.end();
    });
  });
  const watch = watchUp({ ...target, port: upstream.port, timeoutMs: 30 });
  while (watch.seen().asked < 6) await new Promise(setImmediate);
  const { failures } = await watch.stop();
  expect(failures.slice(0, 6).map(({ kind }) => kind)).toEqual(["reset", "closed", "late", "reset", "closed", "late"]);
  await expect(watch.up).rejects.toThrow("never up");
});

test("ends when its signal is aborted, whatever is due", async () => {
  await using silent = await startRaw(() => {});
  const controller = new AbortController();
  const watch = watchUp({ ...target, port: silent.port, signal: controller.signal });
  while (silent.seen() < 1) await new Promise(setImmediate);
  controller.abort();
  expect(await watch.stop()).toMatchObject({ asked: 0, failures: [] });
});
