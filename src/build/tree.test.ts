import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTree, type Tree, type TreeOptions } from "./tree.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "drover-tree-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
const read = (more: Partial<TreeOptions> = {}): Promise<Tree> =>
  readTree(root, { signal: AbortSignal.timeout(60_000), ...more });
const paths = (tree: Tree): string[] => tree.entries.map((entry) => entry.path);

describe("readTree", () => {
  it("leaves out what never belongs to an app, at any depth", async () => {
    for (const path of [
      "a",
      ".git/config",
      "x/.git/HEAD",
      "node_modules/a/b",
      "x/node_modules/c",
      ".drover/cache/t",
      "x/y",
    ])
      put(path);
    expect(paths(await read())).toEqual(["a", "x/y"]);
  });

  // What is expected here is what `git ls-files --others --exclude-standard` printed for the same files.
  it("follows .gitignore files as git does, nested ones too", async () => {
    put(".gitignore", "*.log\nbuild\n/top\n!keep.log\nsub/deep/*\n?\n");
    put("sub/.gitignore", "!build\n/own\n\\#hash\n");
    for (const path of [
      "a.log",
      "keep.log",
      "build/xx",
      "top",
      "sub/top",
      "sub/build/xx",
      "sub/own",
      "sub/x/own",
      "sub/#hash",
      "sub/deep/x1",
      "sub/xx/own",
      "[g]/.gitignore",
      "[g]/v1",
      "[g]/sub/v1",
      "gg/v1",
      "é",
      "B.LOG",
    ])
      put(path);
    put("[g]/.gitignore", "v1\n!sub/v1\n");
    expect(paths(await read())).toEqual([
      ".gitignore",
      "B.LOG",
      "[g]/.gitignore",
      "[g]/sub/v1",
      "gg/v1",
      "keep.log",
      "sub/.gitignore",
      "sub/build/xx",
      "sub/top",
      "sub/xx/own",
      "é",
    ]);
  });

  it("lets .dockerignore decide alone, and keeps what the builder needs", async () => {
    put(".gitignore", "a\n");
    put(".dockerignore", "*\n!src\nsrc/x\n");
    for (const path of ["a", "Dockerfile", "src/x", "src/y", "src/node_modules/z"]) put(path);
    expect(paths(await read())).toEqual(["src/y"]);
    expect(paths(await read({ keep: ["Dockerfile", ".dockerignore"] }))).toEqual([
      ".dockerignore",
      "Dockerfile",
      "src/y",
    ]);
  });

  it("keeps hostile names as they are", async () => {
    const names = [
      "new\nline",
      "quo'te\"s",
      "-rf",
      "$(id)",
      "ünïcödé 漢字 🐑",
      " space ",
      "back\\slash",
      "tab\t",
      "*",
      "%2e%2e",
      "x".repeat(255),
    ];
    for (const name of names) put(name);
    expect(paths(await read())).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it("gives an empty list for an empty folder, and for folders without files", async () => {
    mkdirSync(join(root, "a/b"), { recursive: true });
    const [empty, again] = [await read(), await read()];
    expect(empty.entries).toEqual([]);
    expect(empty.digest).toBe(again.digest);
  });

  it("has the same digest in another folder, with other times, and whatever the other mode bits", async () => {
    put("a/b", "1");
    put("run");
    chmodSync(join(root, "run"), 0o700);
    const first = await read();
    const other = join(root, "..", `${root.split("/").at(-1)}-copy`);
    execFileSync("cp", ["-r", root, other]);
    try {
      chmodSync(join(other, "run"), 0o755);
      chmodSync(join(other, "a/b"), 0o640);
      utimesSync(join(other, "a/b"), 1, 1);
      expect((await readTree(other, { signal: AbortSignal.timeout(60_000) })).digest).toBe(first.digest);
      chmodSync(join(other, "run"), 0o644);
      expect((await readTree(other, { signal: AbortSignal.timeout(60_000) })).digest).not.toBe(first.digest);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it("tells apart trees whose names and contents only look alike when joined", async () => {
    put("a", "b\nc");
    const one = await read();
    put("a", "b");
    put("b\nc", "");
    expect((await read()).digest).not.toBe(one.digest);
  });

  it("stores links as links, dangling ones and circles too, and refuses those that lead out", async () => {
    put("dir/file");
    for (const [path, target] of [
      ["in", "dir/file"],
      ["dir/up", "../dir"],
      ["dangling", "nowhere"],
      ["circle", "circle"],
    ] as const) {
      symlinkSync(target, join(root, path));
    }
    expect((await read()).entries.filter((entry) => entry.kind === "link")).toEqual([
      { kind: "link", path: "circle", target: "circle" },
      { kind: "link", path: "dangling", target: "nowhere" },
      { kind: "link", path: "dir/up", target: "../dir" },
      { kind: "link", path: "in", target: "dir/file" },
    ]);
    for (const target of ["/etc/passwd", "../outside", "dir/../../x", "dir/up/../../.."]) {
      symlinkSync(target, join(root, "bad"));
      await expect(read()).rejects.toThrow(/"bad" cannot be part of the app: it is a symbolic link to .* outside/);
      unlinkSync(join(root, "bad"));
    }
  });

  it("refuses what is no file, and names that are not UTF-8, with their path", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    await expect(read()).rejects.toThrow(/"pipe" cannot be part of the app: it is neither/);
    rmSync(join(root, "pipe"));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), "");
    await expect(read()).rejects.toThrow(/not valid UTF-8/);
  });

  it("names a folder that is not there", async () => {
    await expect(readTree(join(root, "no"), { signal: AbortSignal.timeout(9000) })).rejects.toThrow(
      /the source folder/,
    );
  });

  it("stops when it is told to", async () => {
    put("a");
    await expect(read({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("the stat cache", () => {
  const cacheFile = (): string => join(root, ".drover/cache/tree.json");
  const LATER = Date.now() + 60_000;
  const settle = (path: string): void => utimesSync(join(root, path), 1000, 1000);

  it("gives the same tree with it, without it, when it is deleted and when it is torn", async () => {
    put("a");
    put("b/c");
    const plain = await read();
    for (const content of [undefined, undefined, "{", '{"format":2}', '{"format":1,"files":{"a":[1,1,1,1,"00"]}}']) {
      if (content !== undefined) writeFileSync(cacheFile(), content);
      expect(await read({ cacheFile: cacheFile(), now: LATER })).toEqual(plain);
    }
  });

  it("sees a change that keeps size and mtime", async () => {
    put("a", "one");
    settle("a");
    const first = await read({ cacheFile: cacheFile(), now: LATER });
    expect(readFileSync(cacheFile(), "utf8")).toContain('"a"');
    writeFileSync(join(root, "a"), "two");
    settle("a");
    expect((await read({ cacheFile: cacheFile(), now: LATER })).digest).not.toBe(first.digest);
  });

  it("does not trust files that were written just now", async () => {
    put("a");
    await read({ cacheFile: cacheFile(), now: 0 });
    expect(existsSync(cacheFile())).toBe(false);
  });

  it("remembers no digest of a file that may hold secrets", async () => {
    put("a");
    put(".npmrc", "//r/:_authToken=canary");
    await read({ cacheFile: cacheFile(), now: LATER, secretFiles: [".npmrc"] });
    expect(Object.keys(JSON.parse(readFileSync(cacheFile(), "utf8")).files)).toEqual(["a"]);
  });

  it("reads a file again only when its stamp changed", async () => {
    put("a", "one");
    await read({ cacheFile: cacheFile(), now: LATER });
    const cached = JSON.parse(readFileSync(cacheFile(), "utf8"));
    cached.files.a[4] = "f".repeat(64);
    writeFileSync(cacheFile(), JSON.stringify(cached));
    expect((await read({ cacheFile: cacheFile(), now: LATER })).entries).toMatchObject([{ digest: "f".repeat(64) }]);
  });
});
