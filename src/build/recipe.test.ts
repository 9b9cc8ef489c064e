import { describe, expect, it } from "vitest";
import type { NodeApp } from "./detect.ts";
import { installCommands, UNSTABLE } from "./managers.ts";
import { inputDigest, recipeFor } from "./recipe.ts";
import { type Tree, type TreeEntry, treeDigest } from "./tree.ts";

const APP: NodeApp = {
  kind: "node",
  manager: "npm",
  lock: "package-lock.json",
  processes: { web: ["node", "server.js"] },
  build: false,
  installs: true,
  manifests: ["package-lock.json", "package.json"],
  needsSource: [],
  settings: [],
};
const tree = (...entries: TreeEntry[]): Tree => ({ root: "/nowhere", entries, digest: treeDigest(entries) });
const file = (path: string, digest: string): TreeEntry => ({ kind: "file", path, mode: 0o644, size: 1, digest });

describe("recipeFor", () => {
  it("makes a plain recipe for Node", () => {
    expect(recipeFor(APP, { port: 8080, secretFiles: ["secrets/key"] })).toMatchObject({
      kind: "node",
      base: "node:24-slim",
      workdir: "app",
      user: "10001:10001",
      cmd: ["node", "server.js"],
      env: { NODE_ENV: "production", PORT: "8080" },
      port: 8080,
      secretFiles: [".npmrc", "secrets/key"],
      notes: [],
    });
  });

  it("takes the base from the version that is asked, or as it is told", () => {
    expect(recipeFor({ ...APP, nodeMajor: 22 }, {})).toMatchObject({ base: "node:22-slim" });
    expect(recipeFor({ ...APP, nodeMajor: 22 }, { base: "my/base:1" })).toMatchObject({ base: "my/base:1" });
  });

  it("says what cannot be repeated, and what is slow", () => {
    const { lock: _, ...unlocked } = APP;
    expect(recipeFor(unlocked, {}).notes).toEqual([expect.stringMatching(/^no lock file/)]);
    expect(recipeFor({ ...APP, needsSource: ["package.json: script postinstall"] }, {}).notes).toEqual([
      expect.stringMatching(/script postinstall/),
    ]);
  });

  it("runs scripts also where there is nothing to install, and complains of no lock file there", () => {
    const { lock: _, ...bare } = { ...APP, installs: false };
    expect(recipeFor(bare, {})).not.toHaveProperty("install");
    expect(recipeFor({ ...bare, build: true }, {})).toMatchObject({ install: { needsSource: false }, notes: [] });
    const hook = { ...bare, needsSource: ["package.json: script postinstall"] };
    expect(recipeFor(hook, {})).toMatchObject({
      install: { needsSource: true },
      notes: [expect.stringMatching(/anew/)],
    });
  });

  it("refuses a folder that holds nothing, and says what was looked for", () => {
    expect(() => recipeFor({ kind: "unknown", lookedFor: ["a thing"] }, {})).toThrow(/nothing that can be built/);
  });
});

describe("inputDigest", () => {
  const recipe = recipeFor(APP, {});
  const base = inputDigest({ tree: tree(file("a", "1")), recipe });

  it("changes with files, recipe and base", () => {
    const others = [
      inputDigest({ tree: tree(file("a", "2")), recipe }),
      inputDigest({ tree: tree(file("b", "1")), recipe }),
      inputDigest({ tree: tree(file("a", "1")), recipe: recipeFor(APP, { base: "node:22-slim" }) }),
      inputDigest({ tree: tree(file("a", "1")), recipe: recipeFor(APP, { port: 1 }) }),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
  });

  it("does not know secrets, nor words for people", () => {
    expect(inputDigest({ tree: tree(file(".npmrc", "9"), file("a", "1"), file("x/.npmrc", "8")), recipe })).toBe(base);
    expect(inputDigest({ tree: tree(file("a", "1")), recipe: { ...recipe, notes: ["said differently"] } })).toBe(base);
  });

  it("stays what it is: another value means that every app is built anew with an upgrade", () => {
    expect(base).toBe("febe561e431ed5b4e613241987734f5e47359a65212d6b51df4f6df33fe8b64a");
  });
});

describe("installCommands", () => {
  it.each(["npm", "pnpm", "yarn", "berry"] as const)(
    "installs exactly what the lock of %s says, and fixes its tool",
    (manager) => {
      const commands = installCommands({ manager, lock: "x" });
      expect(commands.all).not.toEqual(commands.production);
      expect(commands.all.join(" ")).toMatch(/npm ci|--frozen-lockfile|--immutable/);
      if (manager !== "npm")
        expect(commands.all.join(" ")).toMatch(/^npm exec --yes --package=[@\w/-]+@\d+\.\d+\.\d+ -- (pnpm|yarn) /);
    },
  );
});

describe("UNSTABLE", () => {
  it.each([
    ["app/node_modules/.cache/x", true],
    ["app/node_modules/.modules.yaml", true],
    ["app/node_modules/.pnpm-workspace-state-v1.json", true],
    ["app/node_modules/a/node_modules/.cache", true],
    ["app/node_modules/.bin/x", false],
    ["app/node_modules/.cached", false],
    ["app/.cache/x", false],
  ])("%s: %s", (path, expected) => {
    expect(UNSTABLE.test(path)).toBe(expected);
  });
});
