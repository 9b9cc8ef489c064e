import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { isConnection, open, requestFor } from "./connection.ts";
import { startRaw, unusedPort } from "./servers.ts";

const signal = new AbortController().signal;
const target = { address: "127.0.0.1", port: 9, host: "a.test", path: "/" };
const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

const ends: ReadonlyArray<[string, (socket: Socket) => void]> = [
  ["closing", (socket) => socket.end()],
  ["resetting", (socket) => socket.resetAndDestroy()],
  ["complaining", (socket) => socket.end("HTTP/1.1 408 Request Time-out\r\nContent-Length: 0\r\n\r\n")],
];

test.each(ends)("%s between two requests ends the connection and fails no request", async (_name, end) => {
  let idle: Socket | undefined;
  await using upstream = await startRaw((socket) => {
    socket.on("data", () => socket.write(answer));
    idle = socket;
  });
  const connection = await open({ ...target, port: upstream.port, signal });
  if (!isConnection(connection)) throw new Error(connection.text);
  for (let round = 0; round < 2; round += 1) {
    expect(await connection.exchange(requestFor(target, "keep-alive"))).toMatchObject({ kind: "answered" });
    expect(connection.isOpen()).toBe(true);
  }
  if (idle !== undefined) end(idle);
  while (connection.isOpen()) await new Promise(setImmediate);
});

test("says why there is no connection", async () => {
  expect(await open({ ...target, port: await unusedPort(), signal })).toMatchObject({ kind: "refused" });
  // No TCP goes to a multicast address: the kernel says so at once.
  expect(await open({ ...target, address: "224.0.0.1", signal })).toMatchObject({ kind: "unreached" });
  expect(await open({ ...target, signal: AbortSignal.abort() })).toMatchObject({ kind: "abandoned" });
});
