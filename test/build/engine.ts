import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { type Base, PULL, resolveBase } from "../../src/build/base.ts";
import { clientBuildEnv } from "../../src/build/build-env.ts";
import { type Connect, type EngineApi, openEngine } from "../../src/build/engine-api.ts";
import { registryOf } from "../../src/build/npm-registry.ts";

export const SOCKET = process.env["DROVER_TEST_DOCKER"] ?? "/var/run/docker.sock";

/** The way to the local engine. */
export const local: Connect = async (signal) => {
  const socket = connectSocket(SOCKET).on("error", () => undefined);
  await once(socket, "connect", { signal });
  return socket;
};

export function openLocal(): Promise<EngineApi> {
  return openEngine(local, AbortSignal.timeout(10_000));
}

/** The real thing: a minimal Debian from the archive, as a tar. */
export async function debianRootfs(suite: string, signal: AbortSignal): Promise<Readable> {
  const child = spawn("mmdebstrap", ["--variant=minbase", "--quiet", suite, "-"], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
    env: { ...process.env, SOURCE_DATE_EPOCH: "0" },
  });
  const out = new PassThrough();
  child.once("error", (error) => out.destroy(error));
  child.stdout.pipe(out, { end: false });
  child.once("close", (code) => (code === 0 ? out.end() : out.destroy(new Error(`mmdebstrap ended with ${code}`))));
  return out;
}

export const quiet = (): void => undefined;

/** The base that all tests share; made on the first use, then kept in the engine. */
export function testBase(api: EngineApi, signal: AbortSignal, onOutput: (line: string) => void = quiet): Promise<Base> {
  const make = { debianRootfs, registry: registryOf(process.env, []) };
  const platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
  return resolveBase(api, "node:24-slim", platform, { signal, pull: PULL, make, onOutput });
}

export const buildEnv = clientBuildEnv(process.env);

/** A folder with these files, gone when disposed. */
export function folder(files: Readonly<Record<string, string | Uint8Array>>): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "drover-build-test-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function docker(...args: string[]): string {
  return execFileSync("docker", ["-H", `unix://${SOCKET}`, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** Runs an image as a place would run it, and gives what it printed. */
export function runImage(tag: string, ...argv: string[]): string {
  const limits = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none"];
  return docker("run", "--rm", ...limits, tag, ...argv);
}

/** Containers that a build of these tests left behind. */
export function buildContainers(): string[] {
  return docker("ps", "-aq", "--filter", "label=drover.build=container", "--filter", `label=${TEST_LABEL}`)
    .split("\n")
    .filter(Boolean);
}

/** What these tests build carries it: other suites use the same engine. */
export const TEST_LABEL = "drover.test=build";
export const LABELS = { "drover.test": "build" };

/** Takes images of this name off the engine, and those of these tests that lost theirs to a later one. */
export function removeImages(reference: string): void {
  const tags = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", `reference=${reference}`);
  const unnamed = docker("images", "-q", "--filter", "dangling=true", "--filter", `label=${TEST_LABEL}`);
  for (const image of `${tags}\n${unnamed}`.split("\n").filter(Boolean)) docker("rmi", "-f", image);
}

export { docker };
