import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STATIC_SERVER } from "./static-server.ts";

let folder = "";
let child: ChildProcess;
let port = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "drover-static-"));
  const put = (path: string, content: string | Buffer): void => {
    mkdirSync(join(folder, "site", path, ".."), { recursive: true });
    writeFileSync(join(folder, "site", path), content);
  };
  put("index.html", "<h1>home</h1>");
  put("404.html", "<h1>lost</h1>");
  put("docs/index.html", "docs");
  put("a b/ü.txt", "umlaut");
  put("style.css", "a{}");
  put("app.mjs", "1");
  put("data.unknown", "?");
  put("big.bin", Buffer.alloc(300_000, "x"));
  put("empty/x", "1");
  put(".env", "SECRET");
  put(".well-known/security.txt", "contact");
  writeFileSync(join(folder, "secret.txt"), "SECRET");
  symlinkSync("../secret.txt", join(folder, "site", "out.txt"));
  symlinkSync("style.css", join(folder, "site", "in.css"));
  writeFileSync(join(folder, "server.mjs"), STATIC_SERVER);
  child = spawn(process.execPath, [join(folder, "server.mjs"), join(folder, "site")], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line]: Buffer[] = await once(child.stdout ?? child, "data");
  port = Number(/port (\d+)/.exec(String(line))?.[1]);
});
afterAll(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
/** The path goes out exactly as it is written: fetch would tidy it up. */
function ask(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    req.on("error", reject).end();
  });
}

describe("the static server", () => {
  it.each([
    ["/", 200, "text/html; charset=utf-8", "<h1>home</h1>"],
    ["/?q=/../x", 200, "text/html; charset=utf-8", "<h1>home</h1>"],
    ["/docs/", 200, "text/html; charset=utf-8", "docs"],
    ["/a%20b/%C3%BC.txt", 200, "text/plain; charset=utf-8", "umlaut"],
    ["/style.css", 200, "text/css; charset=utf-8", "a{}"],
    ["/in.css", 200, "text/css; charset=utf-8", "a{}"],
    ["/app.mjs", 200, "text/javascript; charset=utf-8", "1"],
    ["/data.unknown", 200, "application/octet-stream", "?"],
    ["/.well-known/security.txt", 200, "text/plain; charset=utf-8", "contact"],
    ["/up", 200, "text/plain; charset=utf-8", "ok\n"],
    ["/nothing", 404, "text/html; charset=utf-8", "<h1>lost</h1>"],
    ["/empty/", 404, "text/html; charset=utf-8", "<h1>lost</h1>"],
    ["/empty", 404, "text/html; charset=utf-8", "<h1>lost</h1>"],
    ["/index.html/", 404, "text/html; charset=utf-8", "<h1>lost</h1>"],
  ])("answers %s with %d %s", async (path, status, type, body) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers["content-type"]).toBe(type);
  });

  it.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/docs/../../secret.txt",
    "//../secret.txt",
    "/..\\secret.txt",
    "/out.txt",
    "/.env",
    "/%2eenv",
    "/docs/%00",
    "/%ff",
    "/%",
    "/.",
    "/..",
  ])("does not lead out of the site by %s", async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain("SECRET");
  });

  it("redirects a folder to its slash, on this host only", async () => {
    expect(await ask("/docs?a=1")).toMatchObject({ status: 308, headers: { location: "/docs/?a=1" } });
    expect((await ask("//docs")).headers["location"]).toBe("/docs/");
  });

  it("answers HEAD like GET, without the body", async () => {
    const [head, get] = [await ask("/big.bin", "HEAD"), await ask("/big.bin")];
    expect(head.body).toBe("");
    expect(get.body).toHaveLength(300_000);
    for (const header of ["content-length", "content-type", "etag"])
      expect(head.headers[header]).toBe(get.headers[header]);
    expect(await ask("/nothing", "HEAD")).toMatchObject({ status: 404, body: "" });
  });

  it("says 304 to who has it", async () => {
    const etag = String((await ask("/style.css")).headers["etag"]);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      expect(await ask("/style.css", "GET", { "if-none-match": known })).toMatchObject({ status: 304, body: "" });
    }
    expect(await ask("/style.css", "GET", { "if-none-match": '"other"' })).toMatchObject({ status: 200 });
  });

  it("refuses other methods", async () => {
    expect(await ask("/", "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });

  it("ends by SIGTERM", async () => {
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
