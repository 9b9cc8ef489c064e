import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import WebSocket from "ws";
import { createApp } from "./app.js";
import { openStore } from "./store.js";

const folders = [];
const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "guestbook-"));
  folders.push(folder);
  return folder;
}

function newApp(extra) {
  const store = openStore(newFolder());
  return { store, app: createApp({ store, release: "r1", host: "h1", ...extra }) };
}

function sign(app, fields) {
  return app.request("/entries", { method: "POST", body: new URLSearchParams(fields) });
}

describe("routes", () => {
  test("an entry is taken and shown, newest first", async () => {
    const { app } = newApp();
    assert.match(await (await app.request("/")).text(), /Nobody has written yet/);
    const answer = await sign(app, { name: " Ada ", message: "first" });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get("location"), "/");
    await sign(app, { name: "Bob", message: "second" });
    const text = await (await app.request("/")).text();
    assert.match(text, /2 entries so far/);
    assert.match(text, /<footer>Ada ·/);
    assert.ok(text.indexOf("second") < text.indexOf("first"));
    assert.match(text, /release <code>r1<\/code> on <code>h1<\/code>/);
  });

  test("what a guest writes is text, never markup", async () => {
    const { app } = newApp();
    await sign(app, { name: `<img src=x onerror="a">`, message: "</p><script>alert('x')</script>&amp;" });
    const text = await (await app.request("/")).text();
    assert.match(text, /&lt;img src=x onerror=&quot;a&quot;&gt;/);
    assert.match(text, /&lt;\/p&gt;&lt;script&gt;alert\(&#39;x&#39;\)&lt;\/script&gt;&amp;amp;/);
    assert.doesNotMatch(text, /<script|<img/);
  });

  test("an entry that cannot be taken comes back with the reason and what was typed", async () => {
    const { app, store } = newApp();
    const empty = await sign(app, { name: `"><b>`, message: "  " });
    assert.equal(empty.status, 400);
    const text = await empty.text();
    assert.match(text, /a few words/);
    assert.match(text, /value="&quot;&gt;&lt;b&gt;"/);
    assert.equal((await sign(app, { name: "n".repeat(81), message: "m" })).status, 400);
    assert.equal((await sign(app, { name: "n", message: "m".repeat(1001) })).status, 400);
    assert.equal((await sign(app, { name: "n", message: "m".repeat(20_000) })).status, 413);
    const noForm = { method: "POST", body: "{", headers: { "content-type": "multipart/form-data" } };
    assert.equal((await app.request("/entries", noForm)).status, 400);
    assert.equal(store.count(), 0);
  });

  test("/up follows the database", async () => {
    const { app, store } = newApp();
    assert.equal((await app.request("/up")).status, 200);
    store.close();
    assert.equal((await app.request("/up")).status, 503);
  });

  test("/version, /slow, /style.css and what is not there", async () => {
    const { app } = newApp();
    assert.equal(await (await app.request("/version")).text(), "r1 h1\n");
    assert.equal(await (await app.request("/slow?ms=5")).text(), "r1 answered after 5 ms\n");
    assert.equal(await (await app.request("/slow?ms=soon")).text(), "r1 answered after 0 ms\n");
    assert.match((await app.request("/style.css")).headers.get("content-type"), /text\/css/);
    assert.equal((await app.request("/nothing")).status, 404);
    assert.equal((await app.request("/entries")).status, 404);
  });

  test("on its way out it keeps no connection", async () => {
    const { app } = newApp({ isClosing: () => true });
    assert.equal((await app.request("/up")).headers.get("connection"), "close");
  });
});

test("two releases on one volume see each other's entries", () => {
  const folder = newFolder();
  const [old, next] = [openStore(folder), openStore(folder)];
  old.add("Ada", "from the old one");
  next.add("Bob", "from the new one");
  assert.deepEqual([old.count(), next.count()], [2, 2]);
  old.close();
  assert.equal(next.newest(1)[0].message, "from the new one");
  next.close();
});

/** Starts the real thing on a port of its own; `exit` resolves to [code, signal]. */
async function start() {
  const child = spawn(process.execPath, ["server.js"], {
    cwd: import.meta.dirname,
    env: { PORT: "0", DATA_DIR: newFolder(), DROVER_RELEASE: "r7" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, "line");
  const { release, port } = /^guestbook (?<release>\S+) listens on port (?<port>\d+)$/.exec(line).groups;
  assert.equal(release, "r7");
  return { port: Number(port), exit: once(child, "exit"), lines, stop: () => child.kill("SIGTERM") };
}

/** One request, on a connection of its own unless an agent lends one; either way it may be kept. */
async function ask(port, path, agent = new Agent({ keepAlive: true })) {
  const [response] = await once(get({ port, path, agent }), "response");
  response.setEncoding("utf8");
  const chunks = await response.toArray();
  return { status: response.statusCode, connection: response.headers.connection, body: chunks.join("") };
}

describe("SIGTERM", () => {
  test("answers what is in flight, takes nothing new, hangs up on the idle and exits 0", async () => {
    const server = await start();
    const agent = new Agent({ keepAlive: true });
    assert.equal((await ask(server.port, "/up", agent)).status, 200); // leaves an idle connection behind
    const silent = connect(server.port); // never sends a request
    await once(silent, "connect");
    const slow = ask(server.port, "/slow?ms=1500");
    await ask(server.port, "/up"); // by now the slow one was taken, too
    server.stop();
    await once(server.lines, "line");
    await assert.rejects(ask(server.port, "/up"), { code: "ECONNREFUSED" });
    const answer = await slow;
    assert.deepEqual(answer, { status: 200, connection: "close", body: "r7 answered after 1500 ms\n" });
    assert.deepEqual(await server.exit, [0, null]);
    silent.destroy();
    agent.destroy();
  });

  test("a WebSocket knows its release, echoes, and is told goodbye", async () => {
    const server = await start();
    const socket = new WebSocket(`ws://localhost:${server.port}/ws`);
    assert.equal(String((await once(socket, "message"))[0]), "release r7");
    socket.send("hello");
    assert.equal(String((await once(socket, "message"))[0]), "hello");
    server.stop();
    const [code] = await once(socket, "close");
    assert.equal(code, 1001);
    assert.deepEqual(await server.exit, [0, null]);
  });

  test("is not held up by a WebSocket that does not answer", async () => {
    const server = await start();
    const socket = new WebSocket(`ws://localhost:${server.port}/ws`);
    await once(socket, "open");
    socket.pause();
    server.stop();
    assert.deepEqual(await server.exit, [0, null]);
    socket.terminate();
  });
});
