import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProxy } from "./proxy.ts";

describe("startProxy", () => {
  let echo: Server;
  let target: { host: string; port: number };

  beforeEach(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    target = { host: "127.0.0.1", port: (echo.address() as AddressInfo).port }; // it listens on TCP
  });
  afterEach(() => echo.close());

  /** A client whose connection has gone through to the echo and back. */
  const client = async (port: number): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write("hello");
    expect(String((await once(socket, "data"))[0])).toBe("hello");
    return socket;
  };

  /** Resolves when a connection is closed, with whether that was by an error. */
  const closed = (socket: Socket): Promise<boolean> => new Promise((resolve) => socket.once("close", resolve));

  it.each([0, 20])("passes every byte in order and both ends, %i ms away", async (delayMs) => {
    await using proxy = await startProxy({ target, delayMs });
    const bytes = Buffer.alloc(9 << 20, "0123456789abcdefg");
    const socket = connect(proxy.port, "127.0.0.1");
    socket.end(bytes);
    expect(bytes.equals(await buffer(socket))).toBe(true);
    await expect.poll(() => proxy.connections(), { timeout: 10_000 }).toBe(0);
  });

  it("adds its delay to a round trip", async () => {
    await using proxy = await startProxy({ target, delayMs: 300 });
    const from = performance.now();
    const socket = await client(proxy.port);
    expect(performance.now() - from).toBeGreaterThanOrEqual(298); // a timer may end a fraction early, never a half
    socket.destroy();
  });

  it("cuts all open connections at once, and takes new ones", async () => {
    await using proxy = await startProxy({ target });
    const sockets = await Promise.all([client(proxy.port), client(proxy.port)]);
    expect(proxy.connections()).toBe(2);
    const ends = Promise.all(sockets.map(closed));
    proxy.cut();
    expect(proxy.connections()).toBe(0);
    expect(await ends).toEqual([true, true]); // reset, not ended
    (await client(proxy.port)).destroy();
  });

  it("refuses new connections while told to, and lets open ones live", async () => {
    await using proxy = await startProxy({ target });
    const old = await client(proxy.port);
    proxy.refuse(true);
    const refused = connect(proxy.port, "127.0.0.1").on("error", () => {});
    expect(await closed(refused)).toBe(true);
    old.write("still");
    expect(String((await once(old, "data"))[0])).toBe("still");
    proxy.refuse(false);
    (await client(proxy.port)).destroy();
    old.destroy();
  });

  it("resets the client when the target cannot be reached", async () => {
    await new Promise((resolve) => echo.close(resolve));
    await using proxy = await startProxy({ target });
    const socket = connect(proxy.port, "127.0.0.1").on("error", () => {});
    expect(await closed(socket)).toBe(true);
    await expect.poll(() => proxy.connections(), { timeout: 10_000 }).toBe(0);
  });
});
