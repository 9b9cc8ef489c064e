import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { type Built, buildImage } from "../../src/build/build.ts";
import { type Connect, type EngineApi, openEngine } from "../../src/build/engine-api.ts";
import { findImage } from "../../src/build/engine-shapes.ts";
import { shipImage } from "../../src/build/ship.ts";
import { readSource } from "../../src/build/source.ts";
import { folder, LABELS, openLocal, quiet, removeImages, runImage, SOCKET, testBase } from "./engine.ts";
import { type SecondEngine, secondEngine } from "./second-engine.ts";

const signal = new AbortController().signal;
let here: EngineApi;
let there: SecondEngine;
let base: Base;
beforeAll(async () => {
  here = await openLocal();
  base = await testBase(here, signal);
  there = await secondEngine();
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  await there[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

async function build(root: string, name: string, api: EngineApi = here, on: Base = base): Promise<Built> {
  const { tree, recipe } = await readSource(root, {}, signal);
  return await buildImage({ api, signal, tree, recipe, base: on.image, name, labels: LABELS, onOutput: quiet });
}

/** Large enough for a layer of its own. */
const PICTURE = Buffer.alloc(600_000, `${process.pid} picture `);
const FILES = { "package.json": "{}", "server.js": "console.log('shipped')" };

describe("shipImage", () => {
  it("brings a whole image to an empty engine, then only what changed, then nothing", async () => {
    using app = folder(FILES);
    const one = await build(app.path, "drover-build-test/ship:1");
    const first = await shipImage(here, there.api, { reference: one.tag, tag: "app:1" }, signal);
    expect(first.imageId).toBe(one.imageId);
    expect(first.sentLayers).toEqual((await findImage(there.api, "app:1", signal))?.diffIds);

    writeFileSync(join(app.path, "server.js"), "console.log('again')");
    const two = await build(app.path, "drover-build-test/ship:2");
    const second = await shipImage(here, there.api, { reference: two.tag, tag: "app:2" }, signal);
    expect(second).toMatchObject({ imageId: two.imageId, sentLayers: two.sentLayers });
    expect(second.bytesSent).toBeLessThan(64 * 1024);
    expect((await findImage(there.api, "app:2", signal))?.id).toBe(two.imageId);

    expect(await shipImage(here, there.api, { reference: two.tag, tag: "host:5000/app" }, signal)).toEqual({
      imageId: two.imageId,
      bytesSent: 0,
      sentLayers: [],
    });
    expect((await findImage(there.api, "host:5000/app:latest", signal))?.id).toBe(two.imageId);
  });

  it("makes the same image on the other engine from the same base", async () => {
    using app = folder({ ...FILES, "more.txt": "x", "photo.png": PICTURE });
    const image = await findImage(there.api, base.digest, signal);
    if (image === undefined)
      await shipImage(here, there.api, { reference: base.reference, tag: base.reference }, signal);
    const on = { ...base, image: (await findImage(there.api, base.digest, signal)) ?? base.image };
    const [one, two] = [
      await build(app.path, "drover-build-test/ship:3"),
      await build(app.path, "app:3", there.api, on),
    ];
    expect(two.imageId).toBe(one.imageId);
  });

  it("names an image that is not there", async () => {
    await expect(shipImage(here, there.api, { reference: "no/such:1", tag: "x" }, signal)).rejects.toThrow(
      /does not have no\/such:1/,
    );
  });
});

describe("an engine that wants all layers", () => {
  it("gets them, and the result says so", async () => {
    using app = folder({ ...FILES, "fallback.txt": String(process.pid), "photo.png": PICTURE });
    await build(app.path, "drover-build-test/fallback:0");
    writeFileSync(join(app.path, "server.js"), "console.log('all of it')");
    const proxy = await refusingHoles();
    try {
      await using api = await openEngine(proxy.connect, signal);
      const built = await build(app.path, "drover-build-test/fallback:1", api);
      expect(built.fallback).toMatch(/wants all layers: layers are missing/);
      expect(built.sentLayers).toHaveLength(base.image.diffIds.length + 2);
      expect(built.cached.assets).toBe(true);
      expect(runImage(built.tag)).toBe("all of it");
      expect((await findImage(here, built.tag, signal))?.id).toBe(built.imageId);
    } finally {
      proxy.server.close();
    }
  });

  /** Stands before the real engine and refuses the first image that comes. */
  async function refusingHoles(): Promise<{ connect: Connect; server: Server }> {
    let refused = false;
    const server = createServer((incoming, outgoing) => {
      if (!refused && incoming.url?.includes("/images/load")) {
        refused = true;
        incoming.resume().on("end", () => outgoing.end('{"errorDetail":{"message":"layers are missing"}}'));
        return;
      }
      const { method, headers, url: path } = incoming;
      const forward = request({ socketPath: SOCKET, method, headers, path }, (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(outgoing);
      });
      incoming.pipe(forward);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connect: Connect = async (stop) => {
      const socket = connectSocket(port, "127.0.0.1").on("error", () => undefined);
      await once(socket, "connect", { signal: stop });
      return socket;
    };
    return { connect, server };
  }
});
