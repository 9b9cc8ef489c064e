import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith } from "./harness.ts";

const BIN = join(import.meta.dirname, "../../bin/drover.js");
const STACK = `import { defineStack } from "drover"; export default defineStack({ id: "st-1", name: "st", machines: {} });`;

/** Node's own modules that a start loaded, as the process itself says at its end. */
function loadedBy(args: readonly string[], cwd: string, env: Record<string, string> = {}): string[] {
  const text = 'process.on("exit", () => process.stderr.write(JSON.stringify(process.moduleLoadList)));';
  const hook = `data:text/javascript,${encodeURIComponent(text)}`;
  const ran = spawnSync(process.execPath, ["--import", hook, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stderr.slice(ran.stderr.indexOf("[")));
}

describe("a start", () => {
  it("of --version loads hardly more of Node than `node -e 0` does", () => {
    const nothing = loadedBy(["-e", "0"], "/");
    const version = loadedBy([BIN, "--version"], "/");
    expect(version.length / nothing.length).toBeLessThan(1.1);
  });

  it("of --version takes less than twice the time of `node -e 0`, in turns", () => {
    const ratios: number[] = [];
    while (ratios.length < 5 && !ratios.some((ratio) => ratio < 2)) ratios.push(versionToNothing(9));
    expect(Math.min(...ratios)).toBeLessThan(2);
  }, 120_000);

  it("of a command that asks nobody loads neither fetch nor TLS", () => {
    using folder = folderWith({ "drover.config.ts": STACK });
    const loaded = loadedBy([BIN, "plan"], folder.path);
    expect(loaded.filter((name) => /undici|\btls\b|\bhttps\b/.test(name))).toEqual([]);
  });

  it("keeps what it compiled, in a folder of the user's own", () => {
    using folder = folderWith({ "drover.config.ts": STACK });
    const env = { XDG_CACHE_HOME: join(folder.path, "cache") };
    const kept = join(folder.path, "cache/drover/compiled");
    loadedBy([BIN, "plan"], folder.path, env);
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    expect(readdirSync(kept)).not.toEqual([]);
  });

  it.runIf(process.geteuid?.() === 0)("takes no compiled code from a folder that is somebody else's", () => {
    using folder = folderWith({ "drover.config.ts": STACK });
    const kept = join(folder.path, "cache/drover/compiled");
    mkdirSync(kept, { recursive: true });
    chownSync(kept, 65_534, 65_534);
    loadedBy([BIN, "plan"], folder.path, { XDG_CACHE_HOME: join(folder.path, "cache") });
    expect(readdirSync(kept)).toEqual([]);
  });
});

/** Medians of so many starts of each, taken in turns. */
function versionToNothing(turns: number): number {
  const times = { version: [] as number[], nothing: [] as number[] };
  for (let turn = 0; turn < turns; turn += 1) {
    times.nothing.push(timeOf(["-e", "0"]));
    times.version.push(timeOf([BIN, "--version"]));
  }
  return median(times.version) / median(times.nothing);
}

function timeOf(args: readonly string[]): number {
  const begun = performance.now();
  spawnSync(process.execPath, [...args]);
  return performance.now() - begun;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
