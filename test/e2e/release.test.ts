import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Load, startLoad } from "../load/keepalive.ts";
import { openOnRelease, type WebSocketClient } from "../load/websocket.ts";
import { findWrk, runWrk, type WrkReport } from "../load/wrk.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { openStage, type Stage } from "./stage.ts";

const missing = await requirement("releases on a host", requireEngine);
const wrk = findWrk();
const signal = AbortSignal.timeout(1_500_000);

/** The app, with seconds for draining and for becoming healthy: a busy machine takes its time. */
const tiny = (drain: number, start: number): string => `tiny: app({ source: "tiny", on: "web", domains: ["tiny.test"],
  drain: ${drain}, stop: 5, health: { path: "/up", interval: 0.2, start: ${start} } })`;
const TINY = tiny(2, 120);
const OTHER = `other: app({ source: "other", on: "web", domains: ["other.test"], drain: 1, stop: 5,
  health: { path: "/up", interval: 0.2, start: 120 } })`;

/** Releases that never become healthy, each in its own way, and what the error has to show of it. */
const BROKEN: Readonly<Record<number, { readonly how: string; readonly shows: readonly RegExp[] }>> = {
  3: { how: "exit", shows: [/exit code 3/, /r3: no database at db\.internal/] },
  9: { how: "error", shows: [/\/up on port 3000 gave no 2xx/, /code=500/, /r9 listens on port 3000/] },
  11: { how: "silent", shows: [/\/up on port 3000 gave no 2xx/, /silent/, /r11: waiting for a queue/] },
  14: { how: "gone", shows: [/\/up on port 3000 gave no 2xx/, /code=404/] },
  18: { how: "exit", shows: [/exit code 3/, /r18: no database at db\.internal/] },
};
const COUNT = 20;
/** A second app comes and goes again. */
const OTHER_IS_HERE = [5, 6, 7, 8];
/** The release during whose drain a WebSocket is closed by its client. */
const SOCKET_CLOSES = 10;
/** Another one is opened, outlives a broken release, and is still open at the end of the drain limit of a good one. */
const [SOCKET_OPENS, SOCKET_STAYS, SOCKET_CUT] = [14, 14, 15];

const STACKS: Readonly<Record<number, string>> = {
  ...Object.fromEntries(OTHER_IS_HERE.map((number) => [number, `${TINY}, ${OTHER}`])),
  ...Object.fromEntries(Object.keys(BROKEN).map((number) => [number, tiny(2, 15)])),
  [SOCKET_CLOSES]: tiny(120, 120),
};

describe.skipIf(missing || wrk === undefined)("twenty releases under load, five of them broken", () => {
  let stage: Stage;
  const seen = new Map<string, number>();

  beforeAll(async () => {
    stage = await openStage(["web"], { signal });
    await stage.source("other", { "version.txt": "other\n" });
    await release(0);
    await stage.stack(TINY);
    await stage.must("up", "--yes");
  }, 600_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  async function release(number: number): Promise<void> {
    const how = BROKEN[number]?.how;
    await stage.source("tiny", { "version.txt": `r${number}\n`, ...(how === undefined ? {} : { "broken.txt": how }) });
  }

  function startSteady(): Load {
    const onResponse = (body: string): void => {
      const version = body.split(" ")[0] ?? "";
      seen.set(version, (seen.get(version) ?? 0) + 1);
    };
    const { address } = stage.host;
    return startLoad({
      ...{ address, port: 80, host: "tiny.test", path: "/", connections: 4, rate: 100, timeoutMs: 60_000 },
      ...{ onResponse, signal },
    });
  }

  const serving = async (): Promise<string> => (await stage.ask("tiny.test", "/")).split(" ")[0] ?? "";

  test("lose no request, and nobody is led to a broken one", async () => {
    const stop = new AbortController();
    const steady = startSteady();
    const fullSpeed = loadUntil(stop.signal, stage.host.address);
    const report = await releaseAll().finally(() => stop.abort());
    const [totals, runs] = [await steady.stop(), await fullSpeed];

    expect(totals).toMatchObject({ failed: 0, statuses: {}, failures: [] });
    const losses = runs.map(({ badStatus, connect, read, write }) => badStatus + connect + read + write);
    expect(losses).toEqual(runs.map(() => 0));
    expect(runs.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(10 * COUNT);
    const good = Array.from({ length: COUNT + 1 }, (_, number) => number).filter((number) => !(number in BROKEN));
    expect([...seen.keys()].sort()).toEqual(good.map((number) => `r${number}`).sort());
    expect(report).toEqual({ good: COUNT - Object.keys(BROKEN).length, broken: Object.keys(BROKEN).length });
  }, 900_000);

  /** One changed file each; gives how many went out and how many were refused. */
  async function releaseAll(): Promise<{ good: number; broken: number }> {
    const counts = { good: 0, broken: 0 };
    let current = "r0";
    let socket: WebSocketClient | undefined;
    for (let number = 1; number <= COUNT; number += 1) {
      await release(number);
      await stage.stack(STACKS[number] ?? TINY);
      if (number === SOCKET_CLOSES || number === SOCKET_OPENS) socket = await openOn(current);
      const up = stage.run("up", "--yes");
      if (number === SOCKET_CLOSES) await closeWhileDraining(socket, number);
      const ran = await up;
      const said = `${ran.stdout}\n${ran.stderr}`;
      const known = BROKEN[number];
      expect([number, ran.code], said).toEqual([number, known === undefined ? 0 : 1]);
      for (const shown of known?.shows ?? []) expect(said).toMatch(shown);
      if (known === undefined) current = `r${number}`;
      counts[known === undefined ? "good" : "broken"] += 1;
      expect(await serving()).toBe(current);
      expect(await stage.ask("other.test", "/")).toMatch(OTHER_IS_HERE.includes(number) ? /^other / : /^404$/);
      if (number === SOCKET_STAYS) await socket?.echo("the release that came was none");
      if (number === SOCKET_CUT)
        expect(await socket?.closed).toMatchObject({ how: expect.not.stringMatching("asked") });
      const cuts = said.match(/note: .*\d still open on .* at the drain limit: cut/g) ?? [];
      expect([number, cuts.length], said).toEqual([number, number === SOCKET_CUT ? 1 : 0]);
    }
    return counts;
  }

  async function openOn(version: string): Promise<WebSocketClient> {
    const target = { address: stage.host.address, port: 80, host: "tiny.test", path: "/ws" };
    const { socket, release: greeted } = await openOnRelease({ ...target, signal, timeoutMs: 60_000 });
    expect(greeted).toBe(version);
    return socket;
  }

  /** New requests go to the new release, and the old one still has its socket. */
  async function closeWhileDraining(socket: WebSocketClient | undefined, number: number): Promise<void> {
    await expect.poll(serving, { timeout: 120_000 }).toBe(`r${number}`);
    await socket?.echo("still on the old one");
    expect((await socket?.close())?.how).toBe("asked");
  }

  /** wrk at full speed, one run after the other: it wants to know beforehand how long. */
  async function loadUntil(stopped: AbortSignal, address: string): Promise<WrkReport[]> {
    const runs: WrkReport[] = [];
    const options = { address, port: 80, host: "tiny.test", path: "/", threads: 1, connections: 4, seconds: 10 };
    while (!stopped.aborted) runs.push(await runWrk({ ...options, signal, wrk: wrk ?? "" }));
    return runs;
  }
});
