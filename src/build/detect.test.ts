import { describe, expect, it } from "vitest";
import { detect, type NodeApp, wanted } from "./detect.ts";
import { nodeMajor } from "./node-version.ts";
import { argvOf, parseProcfile } from "./procfile.ts";

function look(files: Readonly<Record<string, string | object>>, dockerfile?: string) {
  const paths = Object.keys(files).sort();
  const text = wanted(paths).map((path) => {
    const content = files[path] ?? "";
    return [path, typeof content === "string" ? content : JSON.stringify(content)];
  });
  return detect({ paths, text: Object.fromEntries(text) }, dockerfile);
}

function node(files: Readonly<Record<string, string | object>>): NodeApp {
  const found = look(files);
  if (found.kind !== "node") throw new Error(`expected a Node app, got ${JSON.stringify(found)}`);
  return found;
}

const START = { scripts: { start: "node server.js" } };

describe("detect", () => {
  it("takes a Dockerfile first, with the processes of a Procfile", () => {
    const files = { Dockerfile: "", "package.json": START, Procfile: "web: ./run --port $PORT\nworker: ./work\n" };
    const processes = { web: ["/bin/sh", "-c", "exec ./run --port $PORT"], worker: ["./work"] };
    expect(look(files)).toEqual({ kind: "dockerfile", path: "Dockerfile", processes });
    expect(look({ "package.json": START, "docker/app": "" }, "docker/app")).toMatchObject({ path: "docker/app" });
  });

  it.each<[string, Record<string, string | object>, Partial<NodeApp>]>([
    ["npm by its lock file", { "package-lock.json": "{}" }, { manager: "npm", lock: "package-lock.json" }],
    ["npm without one", {}, { manager: "npm" }],
    ["pnpm", { "pnpm-lock.yaml": "lockfileVersion: '9.0'" }, { manager: "pnpm", lock: "pnpm-lock.yaml" }],
    ["yarn 1", { "yarn.lock": "# yarn lockfile v1\n" }, { manager: "yarn", lock: "yarn.lock" }],
    ["yarn 2 and newer", { "yarn.lock": "# x\n__metadata:\n  version: 8\n" }, { manager: "berry" }],
  ])("finds %s", (_, files, expected) => {
    expect(node({ "package.json": START, ...files })).toMatchObject(expected);
  });

  it("takes the exact version that packageManager asks for", () => {
    const pinned = { ...START, packageManager: "pnpm@9.15.9+sha512.abc" };
    expect(node({ "package.json": pinned, "pnpm-lock.yaml": "" })).toMatchObject({
      manager: "pnpm",
      managerVersion: "9.15.9",
    });
    expect(node({ "package.json": pinned })).toMatchObject({ manager: "pnpm", managerVersion: "9.15.9" });
    expect(node({ "package.json": pinned, "package-lock.json": "" })).not.toHaveProperty("managerVersion");
  });

  it.each<[string, Record<string, string | object>, string[]]>([
    ["a Procfile", { "package.json": START, Procfile: "web: node other.js" }, ["node", "other.js"]],
    ["the start script, without npm in between", { "package.json": START }, ["node", "server.js"]],
    ["main", { "package.json": { main: "./lib/index.js" }, "lib/index.js": "" }, ["node", "lib/index.js"]],
    ["main without its ending", { "package.json": { main: "app" }, "app.js": "" }, ["node", "app.js"]],
    [
      "main that a build makes",
      { "package.json": { main: "dist/a.js", scripts: { build: "tsc" } } },
      ["node", "dist/a.js"],
    ],
    ["server.js", { "package.json": {}, "server.js": "" }, ["node", "server.js"]],
  ])("starts by %s", (_, files, web) => {
    expect(node(files).processes["web"]).toEqual(web);
  });

  it.each<[Record<string, string>, object, number | undefined]>([
    [{ ".nvmrc": "v22.3.0\n" }, {}, 22],
    [{ ".node-version": "20" }, { node: ">=24" }, 20],
    [{ ".nvmrc": "lts/*" }, { node: "^20.1" }, 20],
    [{}, {}, undefined],
  ])("reads the Node version from %j and %j", (files, engines, major) => {
    expect(node({ "package.json": { ...START, engines }, ...files }).nodeMajor).toBe(major);
  });

  it("puts in what an install reads: workspaces, patches, packed packages, never .npmrc", () => {
    const files = {
      "package.json": { ...START, workspaces: ["packages/*"], dependencies: { x: "file:./x.tgz" } },
      "package-lock.json": "{}",
      "packages/a/package.json": {},
      "packages/a/index.js": "",
      "x.tgz": "",
      "patches/p.patch": "",
      ".npmrc": "//r/:_authToken=canary\nlegacy-peer-deps=true\nregistry=https://user:canary@r/\n",
    };
    expect(node(files)).toMatchObject({
      manifests: ["package-lock.json", "package.json", "packages/a/package.json", "patches/p.patch", "x.tgz"],
      needsSource: [],
      settings: ["legacy-peer-deps=true"],
    });
    expect(JSON.stringify(node(files))).not.toContain("canary");
  });

  it.each<[object, string[]]>([
    [{ scripts: { start: "x", postinstall: "prisma generate" } }, ["package.json: script postinstall"]],
    [{ scripts: { start: "x", prepare: "husky" } }, []],
    [{ ...START, dependencies: { lib: "file:../lib" } }, ["package.json: file:../lib"]],
  ])("says when an install needs the source: %j", (pkg, expected) => {
    expect(node({ "package.json": pkg }).needsSource).toEqual(expected);
  });

  it.each<[Record<string, string | object>, string]>([
    [{ "index.html": "" }, "."],
    [{ "public/index.html": "" }, "public"],
    [{ "dist/index.html": "", "package.json": { name: "x" } }, "dist"],
  ])("takes %j for a static site", (files, root) => {
    expect(look(files)).toEqual({ kind: "static", root });
  });

  it("says what it looked for", () => {
    expect(look({})).toMatchObject({
      kind: "unknown",
      lookedFor: [/Dockerfile/, /package\.json/, /index\.html/].map((part) => expect.stringMatching(part)),
    });
    expect(look({ "package.json": { scripts: { build: "vite build" } }, "index.html": "" })).toMatchObject({
      kind: "unknown",
    });
  });

  it.each(["{", "[]", "null", '"x"'])("names a package.json that is none: %s", (text) => {
    expect(() => look({ "package.json": text })).toThrow(/^package\.json cannot be read/);
  });

  it("survives names that objects have by themselves", () => {
    expect(
      node({
        "package.json": { scripts: { start: "node a" }, dependencies: {} },
        Procfile: "__proto__: x\nconstructor: y",
      }).processes["web"],
    ).toEqual(["node", "a"]);
    expect(argvOf("npm run toString", {})).toEqual(["npm", "run", "toString"]);
  });
});

describe("argvOf", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["node server.js --port=3", {}, ["node", "server.js", "--port=3"]],
    ["node server.js $PORT", {}, ["/bin/sh", "-c", "exec node server.js $PORT"]],
    ["A=1 node x", {}, ["/bin/sh", "-c", "A=1 node x"]],
    ["a && b", {}, ["/bin/sh", "-c", "a && b"]],
    ["npm start", { start: "next start" }, ["next", "start"]],
    ["pnpm run web", { web: "npm run real", real: "node 'a b'" }, ["/bin/sh", "-c", "exec node 'a b'"]],
    ["yarn start", { start: "node x", prestart: "node migrate" }, ["/bin/sh", "-c", "node migrate && exec node x"]],
    ["npm start", { start: "npm start" }, ["npm", "start"]],
    ["npm run missing", {}, ["npm", "run", "missing"]],
    ["$(id)", {}, ["/bin/sh", "-c", "$(id)"]],
  ])("%s", (command, scripts, expected) => {
    expect(argvOf(command, scripts)).toEqual(expected);
  });
});

describe("nodeMajor", () => {
  it.each<[string | undefined, number | undefined]>([
    [">=18", 24],
    [">=18.12 <23", 22],
    ["^20.1.0 || ^22", 22],
    ["20.x", 20],
    ["18 - 20", 20],
    ["~22.3", 22],
    [">22", 24],
    ["<= 20", 20],
    ["26", 26],
    ["v24.1.0", 24],
    ["*", undefined],
    ["latest", undefined],
    ["", undefined],
    [undefined, undefined],
    [">=99", undefined],
    [">= 20.0.0 < 21", 20],
    ["17", 17],
  ])("%s", (text, major) => {
    expect(nodeMajor(text)).toBe(major);
  });
});

describe("parseProcfile", () => {
  it("reads processes, whatever the line ends", () => {
    expect(parseProcfile("web: a b\r\n# no\nworker-1:   c  \n\nbroken\n")).toEqual({ web: "a b", "worker-1": "c" });
  });
});
