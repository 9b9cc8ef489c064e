import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "./harness.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "bin/drover.js");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;

describe("bin/drover.js", () => {
  it("is the command line, with its exit codes", () => {
    expect(spawnSync(process.execPath, [BIN, "--version"], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stdout: `${VERSION}\n`,
      stderr: "",
    });
    expect(spawnSync(process.execPath, [BIN, "frob"], { encoding: "utf8" })).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("unknown command"),
    });
  });

  it("starts as a link, as npm installs it, from any folder", () => {
    using folder = folderWith();
    spawnSync("ln", ["-s", BIN, join(folder.path, "drover")]);
    const ran = spawnSync(join(folder.path, "drover"), ["version"], { cwd: folder.path, encoding: "utf8" });
    expect(ran).toMatchObject({ status: 0, stdout: `${VERSION}\n` });
  });

  it("loads next to nothing for --version", () => {
    // The trace names every file of ours that is opened.
    const ran = spawnSync(process.execPath, ["--import", counter(), BIN, "--version"], { encoding: "utf8" });
    expect(ran.stderr).toBe("loaded 1\n");
  });

  it("parses as old JavaScript, to be able to say which Node it needs", () => {
    const text = readFileSync(BIN, "utf8");
    expect(text).not.toMatch(/\busing\b|\bimport\s+(type|defer)\b|with\s*\{\s*type/);
    expect(text).toContain("this is ${process.version}");
  });

  it("says which Node it needs, or takes the pinned one in a checkout", () => {
    // Debian's own Node where there is one; it is older than what Drover needs.
    const old = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path) && majorOf(path) < 24);
    if (old === undefined) return;
    const ran = spawnSync(old, [BIN, "version", "--json"], { encoding: "utf8" });
    expect(JSON.parse(ran.stdout)).toEqual({ version: VERSION, node: process.version });
  });
});

describe("Ctrl-C", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends it with %i, and says what that means", async (signal, code) => {
    using folder = folderWith({ "drover.config.ts": 'console.log("begun"); for (;;) {}' });
    const child = spawn(process.execPath, [BIN, "plan"], { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (!said.includes("begun") && (said + text).includes("begun")) child.kill(signal);
      said += text;
    });
    const ended = await new Promise((resolve) => child.once("close", resolve));
    expect(ended).toBe(code);
    expect(said).toContain("Stopping; nothing was changed.\n");
    expect(said).not.toMatch(/^\s+at /m);
  });
});

/** A module that counts what is loaded and tells at the end. */
function counter(): string {
  const text = `import { registerHooks } from "node:module"; let loaded = 0;
    registerHooks({ load(url, context, next) { if (url.startsWith("file:")) loaded++; return next(url, context); } });
    process.on("exit", () => process.stderr.write("loaded " + loaded + "\\n"));`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

function majorOf(node: string): number {
  return Number(/^v(\d+)/.exec(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout)?.[1] ?? 0);
}
