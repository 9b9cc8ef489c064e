import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { type Connect, EngineApi, imagePath, jsonLines, openEngine } from "./engine-api.ts";

const signal = AbortSignal.timeout(20_000);
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<{ connect: Connect; opened: () => number }> {
  let opened = 0;
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connect: Connect = async (stop) => {
    opened++;
    const socket = connectSocket(port, "127.0.0.1");
    stop.addEventListener("abort", () => socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "connect", { signal: stop });
    // As over `docker system dial-stdio`: two pipes, not a socket.
    return Duplex.from({ readable: socket, writable: socket });
  };
  return { connect, opened: () => opened };
}

describe("EngineApi", () => {
  it.each([
    ["1.41", "/v1.41/x"],
    ["1.47", "/v1.47/x"],
    ["1.99", "/v1.51/x"],
  ])("speaks %s as %s, over streams that are no sockets", async (version, path) => {
    const seen: string[] = [];
    const { connect, opened } = await serve((request, response) => {
      seen.push(request.url ?? "");
      response.setHeader("Api-Version", version).end('{"a":1}');
    });
    await using api = await openEngine(connect, signal);
    for (let count = 0; count < 3; count++) expect(await api.json("GET", "/x", { signal })).toEqual({ a: 1 });
    expect(seen).toEqual(["/_ping", path, path, path]);
    expect(opened()).toBeLessThanOrEqual(2);
  });

  it.each(["1.40", "", "2.0"])("refuses version %j", async (version) => {
    const { connect } = await serve((_, response) => response.setHeader("Api-Version", version).end("OK"));
    await expect(openEngine(connect, signal)).rejects.toThrow(/1\.41|API/);
  });

  it("gives the engine's own words when it refuses", async () => {
    const { connect } = await serve((_, response) =>
      response.writeHead(500).end('{"message":"no space left on device"}'),
    );
    await using api = new EngineApi(connect);
    await expect(api.json("POST", "/images/load", { signal })).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: "the container engine refused POST /images/load: no space left on device",
    });
    expect(await api.json("GET", "/x", { accept: [500], signal })).toBeUndefined();
  });

  it("says that there is no engine", async () => {
    await using api = new EngineApi(async () => Promise.reject(new Error("connect ENOENT /var/run/x.sock")));
    await expect(api.json("GET", "/_ping", { signal })).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it("asks again when a kept connection was closed meanwhile", async () => {
    let count = 0;
    const { connect } = await serve((request, response) => {
      if (++count === 2) request.socket.destroy();
      else response.end("{}");
    });
    await using api = new EngineApi(connect);
    await api.json("GET", "/a", { signal });
    expect(await api.json("GET", "/b", { signal })).toEqual({});
  });

  it("ends with the caller's reason when it is aborted, before the answer and within it", async () => {
    const { connect } = await serve((request, response) => {
      if (request.url === "/lines") response.write('{"a":1}\n');
    });
    await using api = new EngineApi(connect);
    const stop = new AbortController();
    const waiting = api.json("GET", "/never", { signal: stop.signal });
    setImmediate(() => stop.abort(new Error("by the user")));
    await expect(waiting).rejects.toThrow("by the user");
    const again = new AbortController();
    const response = await api.call("GET", "/lines", { signal: again.signal });
    const read = (async () => {
      for await (const _ of jsonLines(response)) again.abort(new Error("by the user"));
    })();
    await expect(read).rejects.toThrow();
  });

  it("fails with the body's own error when a body cannot be read", async () => {
    const { connect } = await serve((request, response) => request.resume().on("end", () => response.end("{}")));
    await using api = new EngineApi(connect);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("x");
      throw new RangeError("file changed");
    };
    await expect(api.json("POST", "/x", { body: body(), signal })).rejects.toThrow(/file changed/);
  });

  it("reads lines of JSON however they are cut", async () => {
    const { connect } = await serve((_, response) => {
      response.write('{"a":');
      setImmediate(() => response.end('"ä"}\r\n\n{"b":2}'));
    });
    await using api = new EngineApi(connect);
    const lines: unknown[] = [];
    for await (const line of jsonLines(await api.call("GET", "/x", { signal }))) lines.push(line);
    expect(lines).toEqual([{ a: "ä" }, { b: 2 }]);
  });
});

describe("imagePath", () => {
  it("keeps slashes and encodes the rest", () => {
    expect(imagePath("drover/deps:a b?c#d", "json")).toBe("/images/drover/deps%3Aa%20b%3Fc%23d/json");
  });
});
