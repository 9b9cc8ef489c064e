import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderWith, snapshot } from "./harness.ts";

/** The package as users get it: packed, installed globally from the tarball, run in a folder of another language. */
const ROOT = join(import.meta.dirname, "../..");
const room = mkdtempSync(join(tmpdir(), "drover-package-"));
const installed = join(room, "prefix/lib/node_modules/drover");
const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
const drover = (cwd: string, ...args: string[]) =>
  spawnSync(join(room, "prefix/bin/drover"), args, { cwd, encoding: "utf8", env: { ...process.env, PATH } });

const env = { ...process.env, PATH };

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, "scripts/pack.ts"), room], { env, stdio: "pipe" });
  const tarball = readdirSync(room).find((file) => file.endsWith(".tgz")) ?? "";
  execFileSync("npm", ["install", "--global", "--offline", "--prefix", join(room, "prefix"), join(room, tarball)], {
    env,
    stdio: "pipe",
  });
}, 240_000);
afterAll(() => rmSync(room, { recursive: true, force: true }));

/** A plain `npm pack` changes package.json for a moment: in a copy nobody else is disturbed. */
function checkoutCopy(): string {
  const copy = join(room, "checkout");
  for (const part of ["bin", "src", "scripts", "LICENSE", "package.json"])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

describe("the package", () => {
  it("has no dependency and no script, and is at most 5 MB", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(Object.keys(manifest).filter((field) => /dependencies|scripts/i.test(field))).toEqual([]);
    expect(manifest).toMatchObject({ name: "drover", bin: { drover: "bin/drover.js" }, engines: { node: ">=24" } });
    expect(readdirSync(join(room, "prefix/lib/node_modules"))).toEqual(["drover"]);
    expect(existsSync(join(installed, "node_modules"))).toBe(false);
    expect(existsSync(join(installed, "src"))).toBe(false);
    const size = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
    expect(size).toBeLessThan(5_000_000);
  });

  it("is the same from a plain `npm pack`, which leaves the checkout's own package.json as it was", () => {
    const copy = checkoutCopy();
    execFileSync(
      "npm",
      [
        "pkg",
        "set",
        "scripts.prepack=scripts/node scripts/pack.ts --prepack",
        "scripts.postpack=scripts/node scripts/pack.ts --postpack",
      ],
      { cwd: copy, env },
    );
    const before = readFileSync(join(copy, "package.json"), "utf8");
    execFileSync("npm", ["pack"], { cwd: copy, env, stdio: "pipe" });
    expect(readFileSync(join(copy, "package.json"), "utf8")).toBe(before);
    const tarball = join(copy, readdirSync(copy).find((file) => file.endsWith(".tgz")) ?? "");
    const packed = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" });
    expect(JSON.parse(packed)).toEqual(JSON.parse(readFileSync(join(installed, "package.json"), "utf8")));
  }, 120_000);

  it("works in a folder of another language that has a Dockerfile", () => {
    using folder = folderWith({ Dockerfile: "FROM python:3\nEXPOSE 8000\n", "app.py": 'routes = {"/healthz": ok}\n' });
    const init = drover(folder.path, "init", "--yes", "--name", "hello");
    expect(init).toMatchObject({ status: 0, stderr: "" });
    const before = snapshot(folder.path);
    // The file is right, so it gets as far as looking for the machine that was asked for.
    const plan = drover(folder.path, "plan", "--on", "hree");
    expect(plan).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining('no machine or group is called "hree"; did you mean here?'),
    });
    expect(snapshot(folder.path)).toBe(before);
  });

  it("tells what is wrong with a file, its line or its path", () => {
    using wrong = folderWith({
      "drover.config.ts":
        'import { app, defineStack, local } from "drover";\nexport default defineStack({ name: "x", machines: { here: local() }, apps: { a: app({ source: ".", on: "here", port: "30OO" as never }) } });',
    });
    expect(drover(wrong.path, "plan").stderr).toContain('apps.a.port: expected an integer from 1 to 65535, got "30OO"');
    using broken = folderWith({ "drover.config.ts": "const a = 1;\nconst b = = 2;" });
    expect(drover(broken.path, "plan").stderr).toMatch(/error: syntax error: .*\n {2}in drover.config.ts:2:11\n/);
  });

  it("tells about itself and every command", () => {
    expect(drover(room, "--help")).toMatchObject({ status: 0, stderr: "" });
    for (const name of [
      "init",
      "plan",
      "up",
      "status",
      "logs",
      "releases",
      "rollback",
      "history",
      "adopt",
      "forget",
      "doctor",
      "down",
      "version",
    ]) {
      expect(drover(room, name, "--help")).toMatchObject({
        status: 0,
        stderr: "",
        stdout: expect.stringContaining(`Usage: drover ${name}`),
      });
    }
  });

  it("has types that stand by themselves", () => {
    using folder = folderWith({
      "package.json": '{ "type": "module" }',
      "drover.config.ts":
        'import { app, defineStack, local, type StackContext } from "drover";\nexport default ({ environment }: StackContext) => defineStack({ name: environment, machines: { here: local() }, apps: { a: app({ source: ".", on: "here" }) } });',
    });
    cpSync(installed, join(folder.path, "node_modules/drover"), { recursive: true });
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const ran = spawnSync(
      process.execPath,
      [tsc, "--noEmit", "--strict", "--module", "nodenext", "--types", "", "drover.config.ts"],
      { cwd: folder.path, encoding: "utf8" },
    );
    expect(ran.stdout).toBe("");
    expect(ran.status).toBe(0);
  });

  it("starts with few files, and says which Node it needs", () => {
    const text =
      'import{registerHooks}from"node:module";let n=0;registerHooks({load(u,c,x){if(u.startsWith("file:"))n++;return x(u,c)}});process.on("exit",()=>process.stderr.write("loaded "+n));';
    const loaded = (...args: string[]): number => {
      const hook = `data:text/javascript,${encodeURIComponent(text)}`;
      const ran = spawnSync(process.execPath, ["--import", hook, join(installed, "bin/drover.js"), ...args], {
        encoding: "utf8",
      });
      return Number(/loaded (\d+)/.exec(ran.stderr)?.[1]);
    };
    expect(loaded("--version")).toBe(1);
    expect(loaded("--help")).toBeLessThanOrEqual(5);
    expect(loaded("up", "--help")).toBeLessThanOrEqual(5);
    const old = ["/usr/bin/node"].find(
      (path) =>
        existsSync(path) && /^v(1\d|2[0-3])\./.test(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout),
    );
    if (old === undefined) return;
    expect(spawnSync(old, [join(installed, "bin/drover.js"), "plan"], { encoding: "utf8" })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: drover needs Node 24 or newer; this is v\d+/),
    });
  });
});
