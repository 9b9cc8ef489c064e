import { execFileSync } from "node:child_process";
import { createServer, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { type Built, buildImage } from "../../src/build/build.ts";
import type { BuildEnv } from "../../src/build/build-env.ts";
import { DEPS_REPOSITORY } from "../../src/build/deps.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { readSecrets, readSource } from "../../src/build/source.ts";
import {
  buildContainers,
  docker,
  folder,
  LABELS,
  openLocal,
  removeImages,
  runImage,
  SOCKET,
  testBase,
} from "./engine.ts";
import { gateway, listen, privateRegistry } from "./registry.ts";

const signal = new AbortController().signal;
const CANARY = "npm_canary7d1fa4c9e2b";
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

async function build(root: string, name: string, env: BuildEnv, lines: string[] = []): Promise<Built> {
  const { tree, recipe } = await readSource(root, {}, signal);
  const secrets = readSecrets(root, recipe);
  const onOutput = (line: string): void => void lines.push(line);
  return await buildImage({
    api,
    signal,
    tree,
    recipe,
    base: base.image,
    name,
    secrets,
    ...env,
    onOutput,
    labels: LABELS,
  });
}

/** All that the engine keeps of images: every layer, their configurations and histories. */
function everythingOf(tags: readonly string[]): string {
  const saved = execFileSync("docker", ["-H", `unix://${SOCKET}`, "save", ...tags], { maxBuffer: 2 ** 30 });
  const told = tags.flatMap((tag) => [docker("image", "inspect", tag), docker("history", "--no-trunc", tag)]);
  return saved.toString("latin1") + told.join("\n");
}

function depsImages(): Set<string> {
  return new Set(docker("images", "--format", "{{.Repository}}:{{.Tag}}", DEPS_REPOSITORY).split("\n"));
}

describe("a token in .npmrc", () => {
  it.each([
    ["an install from the lock file", {}],
    ["a build", { build: 'node -e \'require("fs").writeFileSync("out.txt","built")\'' }],
    ["an install with the source", { postinstall: "node -e 0" }],
  ])("serves %s and is in no layer, configuration, history or output", async (kind, scripts) => {
    using registry = await privateRegistry(CANARY, { tls: true });
    const npmrc = `@secret:registry=${registry.url}\n${registry.url.slice("https:".length)}:_authToken=${CANARY}\n`;
    const manifest = JSON.parse(registry.app["package.json"] ?? "");
    const files = {
      ...registry.app,
      "package.json": JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, ...scripts } }),
    };
    using app = folder({ ...files, ".npmrc": npmrc, "sub/.npmrc": npmrc });
    const [before, lines]: [Set<string>, string[]] = [depsImages(), []];
    const built = await build(app.path, "drover-build-test/private:1", { ca: registry.ca ?? Buffer.alloc(0) }, lines);
    expect(runImage(built.tag)).toBe("from the private registry");
    expect(registry.seen.length).toBeGreaterThan(0);
    const fresh = [...depsImages()].filter((tag) => !before.has(tag));
    expect(fresh.length, kind).toBeGreaterThan(0);
    const caLine = registry.ca?.toString().split("\n")[3] ?? "";
    expect(caLine).toHaveLength(64);
    const all = everythingOf([built.tag, ...fresh]);
    for (const secret of [CANARY, "app/.npmrc", "sub/.npmrc", caLine]) {
      expect(all.includes(secret), `${secret} after ${kind}`).toBe(false);
    }
    expect(all).toContain("from the private registry");
    expect(lines.join("\n")).not.toContain(CANARY);
    for (const tag of fresh) removeImages(tag);
  });

  it("is needed: without it the install fails and says so", async () => {
    using registry = await privateRegistry(CANARY, { tls: true });
    using app = folder(registry.app);
    await expect(
      build(app.path, "drover-build-test/private:2", { ca: registry.ca ?? Buffer.alloc(0) }),
    ).rejects.toMatchObject({
      evidence: expect.arrayContaining([expect.stringMatching(/401/)]),
    });
  });
});

describe("certificates", () => {
  it("of the caller's are what installs trust", async () => {
    using registry = await privateRegistry(CANARY, { tls: true });
    using app = folder(registry.app);
    await expect(build(app.path, "drover-build-test/private:3", {})).rejects.toMatchObject({
      evidence: expect.arrayContaining([expect.stringMatching(/self.signed|SELF_SIGNED/)]),
    });
  });
});

describe("a proxy", () => {
  it("carries installs to where nothing else leads", async () => {
    using registry = await privateRegistry(CANARY, { tls: false, name: "http://registry.invalid/" });
    const asked: string[] = [];
    const proxy = createServer((incoming, outgoing) => {
      asked.push(incoming.url ?? "");
      const path = new URL(incoming.url ?? "").pathname;
      const forward = request(
        { host: "127.0.0.1", port: registry.port, path, headers: incoming.headers },
        (response) => {
          outgoing.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(outgoing);
        },
      );
      incoming.pipe(forward);
    });
    const port = await listen(proxy);
    try {
      const npmrc = `@secret:registry=${registry.url}\n//registry.invalid/:_authToken=${CANARY}\n`;
      using app = folder({ ...registry.app, ".npmrc": npmrc });
      const before = depsImages();
      const built = await build(app.path, "drover-build-test/private:4", {
        proxy: { http: `http://${gateway()}:${port}` },
      });
      expect(runImage(built.tag)).toBe("from the private registry");
      expect(asked).toContain("http://registry.invalid/@secret/thing/-/thing-1.0.0.tgz");
      expect(docker("image", "inspect", built.tag)).not.toMatch(/proxy/i);
      for (const tag of depsImages()) if (!before.has(tag)) removeImages(tag);
    } finally {
      proxy.close();
    }
  });
});
