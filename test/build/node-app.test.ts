import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex, PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { type Built, buildImage } from "../../src/build/build.ts";
import { DEPS_REPOSITORY, dependencyKey } from "../../src/build/deps.ts";
import { type EngineApi, openEngine } from "../../src/build/engine-api.ts";
import { readSecrets, readSource } from "../../src/build/source.ts";
import { bigApp } from "./big-app.ts";
import {
  buildContainers,
  buildEnv,
  docker,
  folder,
  LABELS,
  local,
  openLocal,
  quiet,
  removeImages,
  runImage,
  testBase,
} from "./engine.ts";

const signal = new AbortController().signal;
let api: EngineApi;
let base: Base;
beforeAll(async () => {
  api = await openLocal();
  base = await testBase(api, signal);
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  expect(buildContainers()).toEqual([]);
  await api[Symbol.asyncDispose]();
});

const PACKAGE = {
  name: "small",
  version: "1.0.0",
  scripts: { start: "node server.js" },
  dependencies: { "is-number": "7.0.0" },
};
const LOCK = {
  name: "small",
  version: "1.0.0",
  lockfileVersion: 3,
  requires: true,
  packages: {
    "": { name: "small", version: "1.0.0", dependencies: { "is-number": "7.0.0" } },
    "node_modules/is-number": {
      version: "7.0.0",
      resolved: "https://registry.npmjs.org/is-number/-/is-number-7.0.0.tgz",
      integrity: "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==",
    },
  },
};
const SERVER =
  'console.log(process.getuid(), process.env.NODE_ENV, process.cwd(), require("is-number")(5), require("./lib"))';
const APP = {
  "package.json": JSON.stringify(PACKAGE),
  "package-lock.json": JSON.stringify(LOCK),
  "server.js": SERVER,
  "lib.js": "module.exports=1",
};

async function build(
  root: string,
  name: string,
  more: { onOutput?: (line: string) => void; labels?: Record<string, string> } = {},
): Promise<Built> {
  const { tree, recipe } = await readSource(root, {}, signal);
  const secrets = readSecrets(root, recipe);
  const labels = more.labels ?? LABELS;
  return await buildImage({
    api,
    signal,
    tree,
    recipe,
    base: base.image,
    name,
    secrets,
    ...buildEnv,
    onOutput: more.onOutput ?? quiet,
    labels,
  });
}

describe("a Node app", () => {
  it("runs as it should: its dependencies, its files, its user, its argument list", async () => {
    using app = folder(APP);
    const built = await build(app.path, "drover-build-test/runs:1");
    expect(runImage(built.tag)).toBe("10001 production /app true 1");
    expect(built.baseDigest).toBe(base.digest);
    const inspected = JSON.parse(execFileSync("docker", ["image", "inspect", built.tag]).toString())[0];
    expect(inspected).toMatchObject({
      Id: built.imageId,
      Config: {
        User: "10001:10001",
        WorkingDir: "/app",
        Cmd: ["node", "server.js"],
        Labels: { "drover.test": "build" },
      },
    });
    expect(execFileSync("docker", ["history", "-q", built.tag]).toString().trim().split("\n")).toHaveLength(4);
  });

  it("is the same image again: from a copy, with other times and modes, with nothing kept", async () => {
    using one = folder(APP);
    using two = folder(APP);
    const first = await build(one.path, "drover-build-test/same:1");
    for (const path of Object.keys(APP)) utimesSync(join(two.path, path), 1, 1);
    chmodSync(join(two.path, "lib.js"), 0o600);
    const second = await build(two.path, "drover-build-test/same:2");
    expect(second).toMatchObject({ imageId: first.imageId, cached: { deps: true } });
    removeImages("drover-build-test/*");
    removeImages(`${DEPS_REPOSITORY}:${await keyOf(one.path)}`);
    const third = await build(one.path, "drover-build-test/same:3");
    expect(third).toMatchObject({ imageId: first.imageId, cached: { deps: false } });
  });

  async function keyOf(root: string): Promise<string> {
    const { tree, recipe } = await readSource(root, {}, signal);
    if (recipe.kind !== "node" || recipe.install === undefined) throw new Error("no Node app");
    return dependencyKey({ tree, recipe: { ...recipe, install: recipe.install }, base: base.image }, "production");
  }

  it("installs again when the lock file changes, and not when a script or a source file does", async () => {
    using app = folder(APP);
    await build(app.path, "drover-build-test/keys:1");
    const lines: string[] = [];
    const onOutput = (line: string): void => void lines.push(line);
    const unique = randomInt(1, 100_000); // No earlier run has left the dependencies of this lock file.
    writeFileSync(
      join(app.path, "package.json"),
      JSON.stringify({ ...PACKAGE, scripts: { start: "node server.js", lint: "x" }, description: "d" }),
    );
    writeFileSync(join(app.path, "lib.js"), "module.exports=2");
    expect(await build(app.path, "drover-build-test/keys:2", { onOutput })).toMatchObject({ cached: { deps: true } });
    expect(lines).toEqual([]);
    writeFileSync(join(app.path, "package-lock.json"), `${JSON.stringify(LOCK)}${" ".repeat(unique)}`);
    expect(await build(app.path, "drover-build-test/keys:3", { onOutput })).toMatchObject({ cached: { deps: false } });
    expect(lines.join("\n")).toMatch(/added 1 package/);
  });

  it("shows what an install said when it fails, and leaves no container", async () => {
    using app = folder({
      ...APP,
      "package.json": JSON.stringify({ ...PACKAGE, dependencies: { "is-number": "6.0.0" } }),
    });
    await expect(build(app.path, "drover-build-test/fails:1")).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringMatching(/^npm ci .* ended with exit code 1$/),
      evidence: expect.arrayContaining([expect.stringMatching(/lock file/)]),
    });
    expect(buildContainers()).toEqual([]);
  });

  it("stops at once when it is aborted while it installs, and leaves no container", async () => {
    using app = folder({
      ...APP,
      "package.json": JSON.stringify({
        ...PACKAGE,
        scripts: { ...PACKAGE.scripts, postinstall: "echo started; sleep 600" },
      }),
    });
    const { tree, recipe } = await readSource(app.path, {}, signal);
    const stop = new AbortController();
    const onOutput = (line: string): void => (line === "started" ? stop.abort(new Error("by the user")) : undefined);
    const request = {
      api,
      signal: stop.signal,
      tree,
      recipe,
      base: base.image,
      name: "drover-build-test/abort:1",
      onOutput,
      labels: LABELS,
      ...buildEnv,
    };
    await expect(buildImage(request)).rejects.toThrow("by the user");
    expect(buildContainers()).toEqual([]);
  });

  it("sweeps what a killed build of the same app left, and nothing else", async () => {
    const leave = (labels: readonly string[]): string => {
      const all = ["drover.build=container", "drover.test=build", ...labels].flatMap((label) => ["--label", label]);
      return docker("create", ...all, base.reference, "true");
    };
    const ours = leave(["drover.build.for=drover-build-test/swept", "drover.build.run=killed"]);
    const others = leave(["drover.build.for=drover-build-test/other", "drover.build.run=killed"]);
    using app = folder({ "package.json": "{}", "server.js": "" });
    await build(app.path, "drover-build-test/swept:2");
    const left = docker("ps", "-aq", "--no-trunc", "--filter", "label=drover.build.run=killed").split("\n");
    docker("rm", others);
    expect(left).toContain(others);
    expect(left).not.toContain(ours);
  });

  it("names the memory limit when a build runs out of it", async () => {
    const eat = "node -e 'const a=[];for(;;)a.push(Buffer.alloc(1e7,1))'";
    using app = folder({
      ...APP,
      "package.json": JSON.stringify({ ...PACKAGE, scripts: { ...PACKAGE.scripts, build: eat } }),
    });
    const { tree, recipe } = await readSource(app.path, {}, signal);
    const limits = { memoryBytes: 256 * 2 ** 20, cpus: 1 };
    const request = {
      api,
      signal,
      tree,
      recipe,
      base: base.image,
      name: "drover-build-test/memory:1",
      onOutput: quiet,
      labels: LABELS,
      limits,
      ...buildEnv,
    };
    await expect(buildImage(request)).rejects.toThrow(/ran out of memory \(limit 256 MiB\)|exit code (134|137)/);
  });

  it("carries hostile file names into the image unharmed", async () => {
    const names = [
      "new\nline.txt",
      "quo'te\".txt",
      "-rf",
      "$(touch pwned)",
      "ünïcödé 漢字 🐑",
      `${"d".repeat(120)}/${"e".repeat(200)}/${"f".repeat(250)}`,
    ];
    const script =
      "const f=require('fs');console.log(JSON.stringify(f.readdirSync('.',{recursive:true}).filter(n=>!n.includes('node_modules')&&f.statSync(n).isFile()).sort()))";
    using app = folder({
      ...Object.fromEntries(names.map((name) => [name, name])),
      "server.js": script,
      "package.json": "{}",
    });
    const built = await build(app.path, "drover-build-test/names:1");
    expect(JSON.parse(runImage(built.tag))).toEqual(["package.json", "server.js", ...names].sort());
  });

  it("needs no install, and no engine's help, where there is nothing to install", async () => {
    using app = folder({ "package.json": "{}", "server.js": "console.log('bare')" });
    const built = await build(app.path, "drover-build-test/bare:1");
    expect(runImage(built.tag)).toBe("bare");
    expect(built.sentLayers).toHaveLength(1);
  });
});

describe("one changed file in an app of 50 MB", () => {
  it.each([
    // Code is one layer: 5 MB of it are a tenth of the app. Pictures stay where they are.
    ["code", 0.11, ["GET", "GET", "GET", "POST"]],
    ["pictures", 0.03, ["GET", "GET", "GET", "GET", "POST"]],
  ] as const)("of %s sends that layer and nothing else: %d of the app", async (mix, share, asked) => {
    const root = mkdtempSync(join(tmpdir(), "drover-build-test-"));
    try {
      const app = bigApp(root, mix);
      const first = await build(root, `drover-build-test/big-${mix}:1`);
      expect(first.sentLayers.length).toBeGreaterThanOrEqual(1);
      const whole = sizeOf(first.tag) - sizeOf(base.reference);
      expect(whole).toBeGreaterThan(50e6);
      app.change();
      const calls: string[] = [];
      const counted = await openCounted(calls);
      await using _ = counted;
      const { tree, recipe } = await readSource(root, {}, signal);
      const onOutput = (line: string): void => void calls.push(`output: ${line}`);
      const second = await buildImage({
        api: counted,
        signal,
        tree,
        recipe,
        base: base.image,
        name: `drover-build-test/big-${mix}:2`,
        onOutput,
        labels: LABELS,
        ...buildEnv,
      });
      expect(second.sentLayers).toHaveLength(1);
      expect(second.bytesSent / whole).toBeLessThan(share);
      expect(second.cached).toEqual({ deps: true, assets: true });
      expect(calls.toSorted()).toEqual(asked);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  /** Bytes of an image's files. */
  function sizeOf(tag: string): number {
    return Number(docker("image", "inspect", "--format", "{{.Size}}", tag));
  }

  /** Notes the method of every request that goes to the engine; the first is the ping. */
  async function openCounted(calls: string[]): Promise<EngineApi> {
    return await openEngine(async (stop) => {
      const socket = await local(stop);
      const tap = new PassThrough();
      tap.on("data", (chunk: Buffer) => {
        const line = /^(GET|POST|PUT|DELETE) \/\S+ HTTP/.exec(chunk.subarray(0, 400).toString("latin1"));
        if (line?.[1] !== undefined) calls.push(line[1]);
      });
      tap.pipe(socket);
      return Duplex.from({ readable: socket, writable: tap });
    }, signal);
  }
});
