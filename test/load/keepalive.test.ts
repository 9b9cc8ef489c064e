import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { startLoad } from "./keepalive.ts";
import { startBroken, startNamed, startRaw, startSlow, type Upstream, unusedPort } from "./servers.ts";

const address = "127.0.0.1";
const signal = new AbortController().signal;
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const lastAnswer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";

/** How a server may treat one request. */
const ways = {
  ok: (socket: Socket) => socket.write(answer),
  inPieces: (socket: Socket) => {
    socket.write(answer.slice(0, 20));
    setImmediate(() => socket.write(answer.slice(20)));
  },
  goodbye: (socket: Socket) => socket.end(lastAnswer),
  untilClose: (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhi"),
  busy: (socket: Socket) => socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"),
  missing: (socket: Socket) => socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
  reset: (socket: Socket) => socket.resetAndDestroy(),
  closed: (socket: Socket) => socket.end(),
  truncated: (socket: Socket) => socket.end(answer.slice(0, -1)),
  truncatedHead: (socket: Socket) => socket.end("HTTP/1.1 200 O"),
  garbled: (socket: Socket) => socket.end("SSH-2.0-OpenSSH\r\n"),
  tooMuch: (socket: Socket) => socket.write(`${answer}HTTP/1.1 200 OK\r\n`),
  silent: () => {},
};
type Way = keyof typeof ways;

/** Treats the requests of all connections in the order of `script`, over and over; `handled` counts per way. */
async function startScripted(script: readonly Way[]) {
  const handled = new Map<Way, number>();
  let total = 0;
  const waiting: Array<{ total: number; resolve: () => void }> = [];
  const upstream = await startRaw((socket) => {
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      expect(chunk.toString("latin1")).toMatch(/^GET \/x HTTP\/1\.1\r\nHost: a\.test\r\n.*\r\n\r\n$/s);
      const way = script[total % script.length] ?? "ok";
      total += 1;
      handled.set(way, (handled.get(way) ?? 0) + 1);
      ways[way](socket);
      for (const { resolve } of waiting.filter((waiter) => total >= waiter.total)) resolve();
    });
  });
  return {
    upstream,
    total: () => total,
    count: (...names: Way[]) => names.reduce((sum, name) => sum + (handled.get(name) ?? 0), 0),
    until: (wanted: number) => new Promise<void>((resolve) => waiting.push({ total: wanted, resolve })),
  };
}

function load(
  upstream: Pick<Upstream, "port">,
  more: { connections?: number; rate?: number; timeoutMs?: number } = {},
) {
  return startLoad({ address, port: upstream.port, host: "a.test", path: "/x", connections: 4, signal, ...more });
}

const none = { refused: 0, unreached: 0, reset: 0, closed: 0, truncated: 0, garbled: 0, late: 0, status: 0 };

describe("startLoad", () => {
  test("everything answered: the server's count is the client's, on one connection each", async () => {
    const server = await startScripted(["ok", "inPieces"]);
    await using _ = server.upstream;
    const running = load(server.upstream);
    await server.until(500);
    const totals = await running.stop();
    expect(totals).toMatchObject({ sent: server.total(), ok: server.total(), failed: 0, by: none, connections: 4 });
  });

  test.each([
    ["reset", "reset"],
    ["closed", "closed"],
    ["truncated", "truncated"],
    ["truncatedHead", "truncated"],
    ["garbled", "garbled"],
    ["tooMuch", "garbled"],
    ["busy", "status"],
    ["missing", "status"],
  ] as const)("a server that answers every request by %s", async (way, kind) => {
    const server = await startScripted([way]);
    await using _ = server.upstream;
    const running = load(server.upstream);
    await server.until(60);
    const totals = await running.stop();
    const count = server.total();
    expect(totals).toMatchObject({ sent: count, ok: 0, failed: count, by: { ...none, [kind]: count } });
    expect(totals.failures).toHaveLength(20);
    expect(totals.failures[0]).toMatchObject({ kind, text: expect.stringMatching(/./), at: expect.any(Number) });
  });

  test("all ways mixed on four connections: each is counted as often as the server did it", async () => {
    const script: Way[] = ["ok", "busy", "reset", "ok", "goodbye", "closed", "truncated", "inPieces", "garbled"];
    const server = await startScripted([...script, "untilClose", "missing", "tooMuch", "truncatedHead"]);
    await using _ = server.upstream;
    const running = load(server.upstream);
    await server.until(1000);
    const totals = await running.stop();
    const { count } = server;
    expect(totals.by).toEqual({
      ...none,
      reset: count("reset"),
      closed: count("closed"),
      truncated: count("truncated", "truncatedHead"),
      garbled: count("garbled", "tooMuch"),
      status: count("busy", "missing"),
    });
    expect(totals.statuses).toEqual({ 503: count("busy"), 404: count("missing") });
    expect(totals.ok).toBe(count("ok", "inPieces", "goodbye", "untilClose"));
    expect(totals.sent).toBe(server.total());
    expect(totals.ok + totals.failed).toBe(totals.sent);
    const ended = server.total() - count("ok", "inPieces", "busy");
    expect(totals.connections).toBeGreaterThanOrEqual(ended);
    expect(totals.connections).toBeLessThanOrEqual(ended + 4);
  });

  test("closing after `Connection: close` is no failure", async () => {
    const server = await startScripted(["goodbye"]);
    await using _ = server.upstream;
    const running = load(server.upstream);
    await server.until(50);
    const totals = await running.stop();
    expect(totals).toMatchObject({ sent: server.total(), ok: server.total(), failed: 0 });
    expect(totals.connections).toBeGreaterThanOrEqual(server.total());
  });

  test("nobody listens", async () => {
    const running = load({ port: await unusedPort() }, { connections: 2 });
    while (running.totals().by.refused < 4) await new Promise(setImmediate);
    const totals = await running.stop();
    expect(totals).toMatchObject({ sent: 0, ok: 0, connections: 0, failed: totals.by.refused });
    expect(totals.failures[0]?.text).toContain("ECONNREFUSED");
  });

  test("no answer in time is late, and the connection is given up", async () => {
    const server = await startScripted(["silent"]);
    await using _ = server.upstream;
    const running = load(server.upstream, { connections: 1, timeoutMs: 20 });
    await server.until(3);
    const totals = await running.stop();
    expect(totals).toMatchObject({ sent: 3, failed: 3, by: { ...none, late: 3 }, connections: 3 });
  });

  test("stop waits for the answers that are due, abort does not", async () => {
    await using slow = await startSlow("tortoise", 200);
    const stopped = load(slow, { connections: 2 });
    while (slow.seen() < 2) await new Promise(setImmediate);
    expect(await stopped.stop()).toMatchObject({ sent: 2, ok: 2, abandoned: 0 });

    const server = await startScripted(["silent"]);
    await using _ = server.upstream;
    const controller = new AbortController();
    const { port } = server.upstream;
    const aborted = startLoad({ address, port, host: "a.test", path: "/x", connections: 2, signal: controller.signal });
    await server.until(2);
    controller.abort();
    expect(await aborted.stop()).toMatchObject({ sent: 2, ok: 0, failed: 0, abandoned: 2 });
  });

  test("tells which release answered, and what went wrong", async () => {
    await using named = await startNamed("r1");
    const seen = new Set<string>();
    const onResponse = (body: string, status: number): void => void seen.add(`${status} ${body.trim()}`);
    const first = startLoad({
      address,
      port: named.port,
      host: "a.test",
      path: "/",
      connections: 2,
      signal,
      onResponse,
    });
    while (first.totals().ok < 20) await new Promise(setImmediate);
    await first.stop();
    expect([...seen]).toEqual(["200 r1"]);

    await using broken = await startBroken();
    const second = load(broken);
    while (second.totals().failed < 20) await new Promise(setImmediate);
    const { failures, statuses, failed } = await second.stop();
    expect(failures[0]).toMatchObject({ kind: "status", text: "503: broken with 503" });
    expect(statuses).toEqual({ 503: failed });
  });

  test("a rate is shared by all connections and not exceeded", async () => {
    const server = await startScripted(["ok"]);
    await using _ = server.upstream;
    const begin = performance.now();
    const running = load(server.upstream, { connections: 8, rate: 100 });
    await server.until(20);
    const totals = await running.stop();
    const elapsed = performance.now() - begin;
    expect(totals.failed).toBe(0);
    expect(totals.sent).toBeLessThanOrEqual(elapsed / 10 + 1);
  });

  test("many connections raise no warning", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    await using upstream = await startNamed("busy");
    const running = load(upstream, { connections: 40, rate: 200 });
    while (upstream.seen() < 60) await new Promise(setImmediate);
    expect((await running.stop()).failed).toBe(0);
    await new Promise(setImmediate); // warnings come a tick later
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});
