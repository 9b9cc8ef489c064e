#!/usr/bin/env node
// This file has to parse on old versions of Node, to tell which one is needed.
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const args = process.argv.slice(2);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** A checkout runs its sources; the published package has none. */
const sources = existsSync(at("../src/cli/main.ts"));
const arch = process.arch === "arm64" ? "arm64" : "x64";
const pinned = at(`../node_modules/node-linux-${arch}/bin/node`);

if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
  process.stdout.write(`${JSON.parse(readFileSync(at("../package.json"), "utf8")).version}\n`);
} else if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await rememberCompiled();
  const { start } = await import(sources ? "../src/cli/main.ts" : "../dist/main.js");
  await start(args);
} else if (sources && process.platform === "linux" && existsSync(pinned)) {
  await runPinned();
} else {
  process.stderr.write(
    `error: drover needs Node ${NEEDED} or newer; this is ${process.version} (${process.execPath})\n` +
      `  fix: install it from https://nodejs.org, or: npx -p node@${NEEDED} -p drover drover ${args[0] ?? "--help"}\n`,
  );
  process.exitCode = 1;
}

/** Compiled modules are kept for the next start. They are code: only in a folder that nobody else can have filled. */
async function rememberCompiled() {
  const { enableCompileCache } = await import("node:module");
  const { homedir } = await import("node:os");
  try {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "drover", "compiled");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (statSync(folder).uid === process.geteuid()) enableCompileCache(folder);
  } catch {
    // No home that could be written to: then every start compiles.
  }
}

/** In a checkout the Node that the repository pins takes over. */
async function runPinned() {
  const { spawn } = await import("node:child_process");
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...args], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both; the child decides what it means. Other senders mean this process only.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : signal === "SIGINT" ? 130 : 143;
  });
}
