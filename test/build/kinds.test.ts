import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { type Built, buildImage } from "../../src/build/build.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { readSecrets, readSource } from "../../src/build/source.ts";
import {
  buildContainers,
  buildEnv,
  docker,
  folder,
  LABELS,
  openLocal,
  quiet,
  removeImages,
  runImage,
  SOCKET,
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

async function build(root: string, name: string, onOutput: (line: string) => void = quiet): Promise<Built> {
  const { tree, recipe } = await readSource(root, {}, signal);
  const secrets = readSecrets(root, recipe);
  return await buildImage({
    api,
    signal,
    tree,
    recipe,
    base: base.image,
    name,
    secrets,
    ...buildEnv,
    onOutput,
    labels: LABELS,
  });
}

const LOCKS = {
  npm: {
    "package-lock.json": JSON.stringify({
      name: "m",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": {
          name: "m",
          version: "1.0.0",
          dependencies: { "is-number": "7.0.0" },
          devDependencies: { "left-pad": "1.3.0" },
        },
        "node_modules/is-number": {
          version: "7.0.0",
          integrity: "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==",
        },
        "node_modules/left-pad": {
          version: "1.3.0",
          dev: true,
          integrity: "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==",
        },
      },
    }),
  },
  pnpm: {
    "pnpm-lock.yaml": `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      is-number:
        specifier: 7.0.0
        version: 7.0.0
    devDependencies:
      left-pad:
        specifier: 1.3.0
        version: 1.3.0

packages:

  is-number@7.0.0:
    resolution: {integrity: sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==}
    engines: {node: '>=0.12.0'}

  left-pad@1.3.0:
    resolution: {integrity: sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==}

snapshots:

  is-number@7.0.0: {}

  left-pad@1.3.0: {}
`,
  },
  yarn: {
    "yarn.lock": `# yarn lockfile v1


is-number@7.0.0:
  version "7.0.0"
  resolved "https://registry.npmjs.org/is-number/-/is-number-7.0.0.tgz#7535345b896734d5f80c4d06c50955527a14f12b"
  integrity sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==

left-pad@1.3.0:
  version "1.3.0"
  resolved "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz#5b8a3a7765dfe001261dde915589e782f8c94d1e"
  integrity sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==
`,
  },
} as const;

const PACKAGE = {
  name: "m",
  version: "1.0.0",
  dependencies: { "is-number": "7.0.0" },
  devDependencies: { "left-pad": "1.3.0" },
};
const MAIN = `let dev = "";
try { require("left-pad"); dev = " and what is for development"; } catch {}
console.log(require("is-number")(3), require("fs").readdirSync(".").filter((name) => name !== "node_modules").join(), dev);`;

function app(manager: keyof typeof LOCKS, scripts: Record<string, string>, more: Record<string, string> = {}) {
  const manifest = JSON.stringify({ ...PACKAGE, scripts: { start: "node main.js", ...scripts } });
  return folder({ "package.json": manifest, "main.js": MAIN, ...LOCKS[manager], ...more });
}

describe("package managers", () => {
  it.each(["pnpm", "yarn"] as const)(
    "%s installs by its lock file, without what is for development",
    async (manager) => {
      using source = app(manager, {});
      const built = await build(source.path, "drover-build-test/manager:1");
      expect(runImage(built.tag)).toBe(`true main.js,package.json,${Object.keys(LOCKS[manager])[0]}`);
      expect(await build(source.path, "drover-build-test/manager:2")).toMatchObject({
        imageId: built.imageId,
        cached: { deps: true },
      });
    },
  );

  it("installs workspaces, each with its own dependencies", async () => {
    const lock = {
      name: "root",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": { name: "root", version: "1.0.0", workspaces: ["packages/*"] },
        "node_modules/lib": { resolved: "packages/lib", link: true },
        "packages/lib": { version: "1.0.0", bin: { libtool: "cli.js" }, dependencies: { "is-number": "7.0.0" } },
        "packages/lib/node_modules/is-number": {
          version: "7.0.0",
          integrity: "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==",
        },
      },
    };
    using source = folder({
      "package.json": JSON.stringify({
        name: "root",
        version: "1.0.0",
        workspaces: ["packages/*"],
        scripts: { start: "node main.js" },
      }),
      "package-lock.json": JSON.stringify(lock),
      "packages/lib/package.json": JSON.stringify({
        name: "lib",
        version: "1.0.0",
        bin: { libtool: "cli.js" },
        dependencies: { "is-number": "7.0.0" },
      }),
      "packages/lib/cli.js": "#!/usr/bin/env node\nconsole.log('tool')",
      "packages/lib/index.js": "module.exports = require('is-number')(1)",
      "main.js": "console.log(require('lib'))",
    });
    const built = await build(source.path, "drover-build-test/workspaces:1");
    expect(runImage(built.tag)).toBe("true");
  });
});

describe("a build script", () => {
  it("runs with everything installed; the image has its output, not what is for development", async () => {
    const script =
      'require("left-pad");const f=require("fs");f.mkdirSync("dist");f.writeFileSync("dist/out","1");f.rmSync("gone");f.chmodSync("tool",0o755);f.mkdirSync("node_modules/.cache");f.writeFileSync("node_modules/.cache/x",String(Math.random()));console.log("env",process.env.NODE_ENV)';
    using source = app(
      "npm",
      { build: "node build.js" },
      { "build.js": script, gone: "1", tool: "#!/bin/sh\necho tool", kept: "1" },
    );
    const lines: string[] = [];
    const built = await build(source.path, "drover-build-test/build:1", (line) => lines.push(line));
    expect(lines).toContain("env production");
    expect(runImage(built.tag)).toBe("true build.js,dist,kept,main.js,package-lock.json,package.json,tool");
    expect(runImage(built.tag, "./tool")).toBe("tool");
    const again = await build(source.path, "drover-build-test/build:2");
    expect(again).toMatchObject({ imageId: built.imageId, cached: { deps: true } });
    expect(again.sentLayers).toHaveLength(1);
  });

  it("may generate code into node_modules: that is taken, too", async () => {
    const script =
      'require("fs").writeFileSync("node_modules/is-number/index.js", "module.exports = () => \'generated\'")';
    using source = app("npm", { build: "node build.js" }, { "build.js": script });
    const built = await build(source.path, "drover-build-test/generates:1");
    expect(runImage(built.tag)).toBe("generated build.js,main.js,package-lock.json,package.json");
    expect(await build(source.path, "drover-build-test/generates:2")).toMatchObject({ imageId: built.imageId });
  });

  it("shows what it printed when it fails", async () => {
    using source = app("npm", { build: "echo to-stdout; echo to-stderr >&2; exit 7" });
    await expect(build(source.path, "drover-build-test/fails:1")).rejects.toMatchObject({
      message: expect.stringMatching(/npm run build .*ended with exit code 7/),
      evidence: expect.arrayContaining(["to-stdout", "to-stderr"]),
    });
  });
});

describe("scripts that an install runs", () => {
  it("find the source there, and what they leave is in the image", async () => {
    const hook =
      'require("fs").writeFileSync("made.txt","");require("fs").writeFileSync("node_modules/is-number/index.js","module.exports=()=>\'patched\'")';
    using source = app("npm", { postinstall: "node hook.js" }, { "hook.js": hook });
    const built = await build(source.path, "drover-build-test/hooks:1");
    expect(runImage(built.tag)).toBe("patched hook.js,made.txt,main.js,package-lock.json,package.json");
  });
});

describe("a static site", () => {
  it("is served by the image, and holds the site only", async () => {
    using source = folder({ "public/index.html": "<h1>hi</h1>", "public/.env": "no", "README.md": "no" });
    symlinkSync("index.html", join(source.path, "public/home.html"));
    const built = await build(source.path, "drover-build-test/static:1");
    const name = `drover-build-test-${process.pid}`;
    const child = spawn("docker", [
      "-H",
      `unix://${SOCKET}`,
      "run",
      "--rm",
      "--name",
      name,
      "--read-only",
      "--cap-drop=ALL",
      built.tag,
    ]);
    try {
      await once(child.stdout, "data");
      const address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", name);
      const get = (path: string): Promise<Response> => fetch(`http://${address}:3000${path}`);
      expect(await (await get("/home.html")).text()).toBe("<h1>hi</h1>");
      expect((await get("/up")).status).toBe(200);
      expect((await get("/.env")).status).toBe(404);
    } finally {
      docker("rm", "-f", name);
    }
    expect(
      execFileSync("docker", [
        "-H",
        `unix://${SOCKET}`,
        "run",
        "--rm",
        "--entrypoint",
        "ls",
        built.tag,
        "-aR",
        "/app",
      ]).toString(),
    ).not.toMatch(/README|\.env/);
  });
});
