import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { closePayload, encodeFrame, opcodes } from "./frame.ts";
import { acceptFor } from "./handshake.ts";
import { startNamed, startRaw, startWebSocket, unusedPort } from "./servers.ts";
import { openOnRelease, openWebSocket } from "./websocket.ts";

const signal = new AbortController().signal;
const target = { address: "127.0.0.1", host: "a.test", path: "/ws", signal };

/** A server that agrees to a WebSocket, then does as it likes. */
function startAgreeing(take: (socket: Socket, request: string) => void, proof = acceptFor) {
  return startRaw((socket) => {
    socket.once("data", (chunk) => {
      const request = chunk.toString("latin1");
      const key = /^Sec-WebSocket-Key: (.+)$/m.exec(request)?.[1]?.trim() ?? "";
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${proof(key)}\r\n\r\n`);
      take(socket, request);
    });
  });
}

function frame(opcode: number, payload: string | Buffer = ""): Buffer {
  return encodeFrame(opcode, Buffer.from(payload), false);
}

describe("openWebSocket", () => {
  test("knows its release, echoes short and long texts, pings, and closes", async () => {
    await using upstream = await startWebSocket("r1");
    const { socket, release } = await openOnRelease({ ...target, port: upstream.port });
    expect(release).toBe("r1");
    for (const length of [0, 5, 125, 126, 65_535, 65_536, 200_000]) await socket.echo("ü".repeat(length / 2));
    await socket.ping();
    expect(await socket.close(1000, "done")).toMatchObject({ how: "asked", code: 1000, text: "done" });
  });

  test("sends the Host header, and puts together what comes in pieces", async () => {
    let request = "";
    const first = frame(opcodes.text, "re");
    first.writeUInt8(opcodes.text, 0); // not the last frame of its message
    const bytes = Buffer.concat([
      first,
      frame(opcodes.ping, "p"),
      frame(opcodes.more, "st"),
      frame(opcodes.text, "two"),
    ]);
    await using upstream = await startAgreeing((socket, text) => {
      request = text;
      let at = 0;
      const drip = (): void => {
        if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(drip));
      };
      drip();
    });
    const socket = await openWebSocket({ ...target, port: upstream.port });
    expect(request).toMatch(/^GET \/ws HTTP\/1\.1\r\nHost: a\.test\r\n/);
    expect([await socket.next(), await socket.next()]).toEqual(["rest", "two"]);
  });

  test.each([
    ["goodbye", { how: "goodbye", code: 1001, text: "bye" }],
    ["ended", { how: "ended", code: undefined }],
    ["reset", { how: "reset", code: undefined }],
  ])("tells how it was closed: %s", async (way, closed) => {
    await using upstream = await startAgreeing((socket) => {
      socket.write(frame(opcodes.text, "release r2"));
      socket.once("data", () => {
        if (way === "goodbye") socket.write(frame(opcodes.close, closePayload(1001, "bye")));
        if (way === "ended") socket.end();
        if (way === "reset") socket.resetAndDestroy();
      });
    });
    const before = Date.now();
    const { socket, release } = await openOnRelease({ ...target, port: upstream.port });
    expect(release).toBe("r2");
    await expect(socket.echo("hello")).rejects.toThrow(`closed (${way}`);
    expect(await socket.closed).toMatchObject(closed);
    expect((await socket.closed).at).toBeGreaterThanOrEqual(before);
  });

  test("hangs up on a server that does not say goodbye, and when called off", async () => {
    await using upstream = await startAgreeing(() => {});
    const deaf = await openWebSocket({ ...target, port: upstream.port, timeoutMs: 200 });
    await expect(deaf.ping()).rejects.toThrow("no sign of a pong");
    expect(await deaf.close()).toMatchObject({ how: "asked", code: undefined });

    const controller = new AbortController();
    const aborted = await openWebSocket({ ...target, port: upstream.port, signal: controller.signal });
    controller.abort();
    expect(await aborted.closed).toMatchObject({ how: "abandoned" });
  });

  test("says why there is no WebSocket", async () => {
    await using plain = await startNamed("no sockets here");
    await expect(openWebSocket({ ...target, port: plain.port })).rejects.toThrow("the server answered 200");
    await using liar = await startAgreeing(
      () => {},
      () => "AAAA",
    );
    await expect(openWebSocket({ ...target, port: liar.port })).rejects.toThrow("proof is wrong");
    await using shy = await startRaw((socket) => socket.end());
    await expect(openWebSocket({ ...target, port: shy.port })).rejects.toThrow(/closed before|ECONNRESET|EPIPE/);
    await using silent = await startRaw(() => {});
    await expect(openWebSocket({ ...target, port: silent.port, timeoutMs: 30 })).rejects.toThrow("handshake");
    await expect(openWebSocket({ ...target, port: await unusedPort() })).rejects.toThrow("ECONNREFUSED");
    await using other = await startAgreeing((socket) => socket.write(frame(opcodes.text, "hello")));
    await expect(openOnRelease({ ...target, port: other.port, timeoutMs: 200 })).rejects.toThrow('got "hello"');
  });
});
