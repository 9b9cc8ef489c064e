import { createHash } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/build/base.ts";
import { type Built, buildImage } from "../../src/build/build.ts";
import { DEPS_REPOSITORY } from "../../src/build/deps.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { readSource } from "../../src/build/source.ts";
import type { Tree } from "../../src/build/tree.ts";
import { docker, folder, LABELS, openLocal, quiet, removeImages, runImage, testBase } from "./engine.ts";

const signal = new AbortController().signal;
let api: EngineApi;
let base: Base;
const before = new Set(assetImages());
beforeAll(async () => {
  api = await openLocal();
  base = await testBase(api, signal);
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  removeNewAssets();
  await api[Symbol.asyncDispose]();
});

async function build(root: string, name: string): Promise<Built & { tree: Tree }> {
  const { tree, recipe } = await readSource(root, {}, signal);
  const request = { api, signal, tree, recipe, base: base.image, name, labels: LABELS, onOutput: quiet };
  return { ...(await buildImage(request)), tree };
}

/** Bytes of a picture; another one for each seed. */
function picture(seed: string, size = 600_000): Buffer {
  return Buffer.alloc(size, createHash("sha256").update(`${process.pid} ${seed}`).digest());
}

/** Prints every file that the image has, with mode and digest: what a tree says of its source. */
const LIST = `const f=require("fs"),c=require("crypto");
const all=f.readdirSync(".",{recursive:true}).filter((n)=>!f.lstatSync(n).isDirectory()).map((n)=>f.lstatSync(n).isSymbolicLink()
  ?[n,"link",f.readlinkSync(n)]:[n,f.lstatSync(n).mode&0o777,c.createHash("sha256").update(f.readFileSync(n)).digest("hex")]);
console.log(JSON.stringify(all));`;

const bySource = (tree: Tree): unknown[][] =>
  tree.entries.map((entry) =>
    entry.kind === "link" ? [entry.path, "link", entry.target] : [entry.path, entry.mode, entry.digest],
  );
const byImage = (tag: string): unknown[][] => (JSON.parse(runImage(tag)) as unknown[][]).sort(byName);
const byName = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (String(a) < String(b) ? -1 : 1);

interface Edit {
  readonly what: string;
  readonly rename?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly put?: Readonly<Record<string, string | Uint8Array>>;
}
const EDITS: readonly Edit[] = [
  { what: "nothing" },
  { what: "a source file and a picture more", put: { "lib/b.js": "b", "public/new.png": picture("five", 200) } },
  { what: "a source file and a picture less", remove: ["lib/b.js", "public/old.png"] },
  { what: "both under new names", rename: { lib: "code", public: "static" } },
  { what: "text that becomes data", put: { "code/a.js": "x".repeat(70_000) } },
  { what: "data that becomes text", put: { "code/a.js": "x" } },
  { what: "a file where a folder was", remove: ["code"], put: { code: "x" } },
  { what: "too few pictures for a layer", remove: ["static/photo.png"] },
];

function app(pictures: Readonly<Record<string, Uint8Array>>) {
  return folder({ "package.json": "{}", "server.js": LIST, "lib/a.js": "1", ...pictures });
}

describe("an app with pictures", () => {
  it("sends the edited source without them, and does not even read them", async () => {
    using source = app({ "public/photo.png": picture("one") });
    const first = await build(source.path, "drover-build-test/pictures:1");
    expect(first.sentLayers).toHaveLength(2);
    expect(first.cached).toEqual({ deps: true, assets: false });
    writeFileSync(join(source.path, "lib/a.js"), "2");
    const { tree, recipe } = await readSource(source.path, {}, signal);
    rmSync(join(source.path, "public/photo.png"));
    const request = { api, signal, tree, recipe, base: base.image, labels: LABELS, onOutput: quiet };
    const second = await buildImage({ ...request, name: "drover-build-test/pictures:2" });
    expect(second.sentLayers).toHaveLength(1);
    expect(second.bytesSent).toBeLessThan(32 * 1024);
    expect(second.cached).toEqual({ deps: true, assets: true });
    expect(byImage(second.tag)).toEqual(bySource(tree));
  });

  it("is the same image whether the engine had them or not", async () => {
    using source = app({ "public/photo.png": picture("two") });
    const first = await build(source.path, "drover-build-test/pictures:3");
    const again = await build(source.path, "drover-build-test/pictures:4");
    expect(again).toMatchObject({ imageId: first.imageId, cached: { assets: true } });
    removeImages("drover-build-test/*");
    removeNewAssets();
    const anew = await build(source.path, "drover-build-test/pictures:5");
    expect(anew).toMatchObject({ imageId: first.imageId, cached: { assets: false } });
  });

  it("keeps the pictures that a build copies apart from what it bundles, with nothing to install", async () => {
    const script = `const f = require("fs"); f.mkdirSync("dist"); f.copyFileSync("photo.png", "dist/photo.png");
      f.writeFileSync("dist/bundle.js", f.readFileSync("lib/a.js", "utf8").padEnd(100_000));`;
    using source = app({ "photo.png": picture("seven") });
    writeFileSync(join(source.path, "build.js"), script);
    writeFileSync(join(source.path, "package.json"), JSON.stringify({ scripts: { build: "node build.js" } }));
    await build(source.path, "drover-build-test/built:1");
    writeFileSync(join(source.path, "lib/a.js"), "2");
    const second = await build(source.path, "drover-build-test/built:2");
    expect(second).toMatchObject({ cached: { deps: true, assets: true }, sentLayers: { length: 1 } });
    expect(second.bytesSent).toBeLessThan(150_000);
    const made = ["dist/bundle.js", "dist/photo.png"];
    const names = [...bySource(second.tree).map(([path]) => path), ...made].sort();
    expect(byImage(second.tag).map(([path]) => path)).toEqual(names);
    expect(runImage(second.tag, "head", "-c", "1", "dist/bundle.js")).toBe("2");
  });

  it("has exactly the files of its source, whatever is added, removed, renamed or grows", async () => {
    using source = app({ "public/photo.png": picture("three"), "public/old.png": picture("four", 100) });
    const at = (path: string): string => join(source.path, path);
    for (const [index, { what, rename = {}, remove = [], put = {} }] of EDITS.entries()) {
      for (const [from, to] of Object.entries(rename)) renameSync(at(from), at(to));
      for (const path of remove) rmSync(at(path), { recursive: true });
      for (const [path, content] of Object.entries(put)) writeFileSync(at(path), content);
      const built = await build(source.path, `drover-build-test/edits:${index}`);
      expect(byImage(built.tag), what).toEqual(bySource(built.tree));
    }
  });
});

function removeNewAssets(): void {
  for (const tag of assetImages()) if (!before.has(tag)) removeImages(tag);
}

function assetImages(): string[] {
  return docker("images", "--format", "{{.Repository}}:{{.Tag}}", DEPS_REPOSITORY)
    .split("\n")
    .filter((tag) => tag.includes(":assets-"));
}
