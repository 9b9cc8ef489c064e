import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadStack } from "../../src/load/load.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { providers, resources } from "../../src/registry.ts";
import { cli, folderWith } from "./harness.ts";

const ROOT = join(import.meta.dirname, "../..");
const schemas = schemasOf(resources, providers);
const load = (cwd: string) => loadStack(undefined, { cwd, schemas, signal: new AbortController().signal });

describe("init", () => {
  it.each<[string, Record<string, string>, object]>([
    [
      "a Dockerfile of another language",
      {
        Dockerfile: "FROM golang:1\nEXPOSE 8080/tcp\nFROM scratch\nEXPOSE 9090",
        "main.go": 'http.HandleFunc("/healthz", ok)',
      },
      { port: 9090, health: { path: "/healthz" } },
    ],
    [
      "a Node app",
      {
        "package.json": '{ "name": "@me/Guest_Book", "scripts": { "start": "node server.js" } }',
        "package-lock.json": "{}",
        "server.js": 'app.get("/up", ok); app.listen(process.env.PORT || 4321)',
      },
      { port: 4321, health: { path: "/up" } },
    ],
    [
      "a Procfile",
      { Procfile: "web: node x.js --port 5000\nworker: node y.js", "package.json": "{}" },
      { port: 5000, health: { path: "/" } },
    ],
    ["a static site", { "public/index.html": "<p>" }, { port: 3000, health: { path: "/" } }],
    ["nothing that it knows", { "requirements.txt": "flask" }, { port: 3000 }],
    ["a package.json that is none", { "package.json": "{", "a.txt": "" }, { port: 3000 }],
  ])("writes a stack file that loads for %s", async (_, files, expected) => {
    using folder = folderWith(files);
    const ran = await cli(["init", "--yes", "--name", "guestbook"], { cwd: folder.path });
    expect(ran).toMatchObject({ code: 0, err: "" });
    const stack = await load(folder.path);
    expect(stack.id).toMatch(/^gu-[a-z0-9]{6}$/);
    expect(stack).toMatchObject({ name: "guestbook", hasId: true, machines: { here: { provider: "local" } } });
    expect(stack.apps["guestbook"]).toMatchObject({
      source: ".",
      on: "here",
      domains: ["guestbook.localhost"],
      ...expected,
    });
  });

  it("names it after the package, else the folder, and gives every stack its own id", async () => {
    using folder = folderWith({ "package.json": '{ "name": "@me/Guest_Book" }' });
    await cli(["init", "--yes"], { cwd: folder.path });
    const first = await load(folder.path);
    expect(first.name).toBe("guest-book");
    using other = folderWith({ "package.json": '{ "name": "@me/Guest_Book" }' });
    await cli(["init", "--yes"], { cwd: other.path });
    expect((await load(other.path)).id).not.toBe(first.id);
  });

  it("takes a server, and says what is no name or host", async () => {
    using folder = folderWith({ "index.html": "" });
    const wrong = await cli(["init", "--yes", "--server=-oProxyCommand=id"], { cwd: folder.path });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('got "-oProxyCommand=id"') });
    const name = await cli(["init", "--yes", "--name", 'My "App"; $(id)'], { cwd: folder.path });
    expect(name).toMatchObject({ code: 1, err: expect.stringContaining("fix: drover init --name my-app-id") });
    expect(existsSync(join(folder.path, "drover.config.ts"))).toBe(false);
    expect(
      await cli(["init", "--yes", "--name", "x-1", "--server", "root@203.0.113.7"], { cwd: folder.path }),
    ).toMatchObject({ code: 0 });
    expect((await load(folder.path)).machines).toEqual({ web: { provider: "server", host: "root@203.0.113.7" } });
  });

  it("never overwrites a stack file", async () => {
    using folder = folderWith({ "drover.config.mjs": "mine" });
    const ran = await cli(["init", "--yes"], { cwd: folder.path });
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is a stack file already\n  in drover.config.mjs"),
    });
    expect(existsSync(join(folder.path, "drover.config.ts"))).toBe(false);
  });

  it("survives file names that try to get into the text", async () => {
    using folder = folderWith({ '*/";\u2028process.exit(1)//.js': "app.listen(4000)" });
    expect(await cli(["init", "--yes", "--name", "a"], { cwd: folder.path })).toMatchObject({ code: 0 });
    expect((await load(folder.path)).apps["a"]).toMatchObject({ port: 4000 });
  });

  it("gives the editor its types without a package.json", async () => {
    using folder = folderWith({ "index.html": "" });
    await cli(["init", "--yes", "--name", "a"], { cwd: folder.path });
    expect(readFileSync(join(folder.path, ".drover/.gitignore"), "utf8")).toBe("*\n");
    expect(typeErrors(folder.path)).toBe("");
    const file = join(folder.path, "drover.config.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("port: 3000", 'port: "3000"'));
    expect(typeErrors(folder.path)).toMatch(/Type 'string' is not assignable to type 'number'/);
    writeFileSync(file, text.replace("port: 3000", "prot: 3000"));
    expect(typeErrors(folder.path)).toMatch(/'prot' does not exist in type 'AppInput'/);
  }, 60_000);
});

/** What the compiler says of a folder's stack file, all declarations checked. */
function typeErrors(folder: string): string {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "",
    "drover.config.ts",
  ];
  try {
    return execFileSync(process.execPath, [tsc, ...options], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
  }
}
