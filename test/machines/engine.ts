import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { openCache } from "./cache.ts";
import { call } from "./engine-api.ts";
import { withLock } from "./lock.ts";
import { describe, install, missingPackages } from "./packages.ts";
import type { Available } from "./require.ts";

/** What a machine needs to make and start hosts, and the Debian package that brings it. */
const tools = { dockerd: "docker.io", mmdebstrap: "mmdebstrap", ssh: "openssh-client", "ssh-keygen": "openssh-client" };

/** Makes sure that hosts can be started here: as root installs what is missing and starts the engine, else says why not. */
export async function requireEngine(signal: AbortSignal = AbortSignal.timeout(300_000)): Promise<Available> {
  if (process.platform !== "linux") return { ok: false, why: "test hosts are containers, which need Linux" };
  if ((await isRunning(signal)) && (await missingPackages(tools, signal)).length === 0) return { ok: true };
  if (process.getuid?.() !== 0) return { ok: false, why: await whyNotAsUser(signal) };
  try {
    const folder = await openCache();
    await withLock(join(folder, "engine.lock"), signal, async () => {
      await install(await missingPackages(tools, signal), signal);
      if (!(await isRunning(signal))) await startEngine(join(folder, "dockerd.log"), signal);
    });
    return { ok: true };
  } catch (error) {
    return { ok: false, why: describe(error) };
  }
}

async function whyNotAsUser(signal: AbortSignal): Promise<string> {
  const missing = await missingPackages(tools, signal);
  if (missing.length > 0) return `not root, and these packages are missing: ${missing.join(", ")}`;
  return "not root, and no container engine answers at its socket";
}

async function isRunning(signal: AbortSignal): Promise<boolean> {
  return call({ method: "GET", path: "/_ping", signal }).then(
    () => true,
    () => false,
  );
}

/** Starts dockerd detached, in a session of its own: it stays when the tests end, as a service would. Needs no init system. */
async function startEngine(log: string, signal: AbortSignal): Promise<void> {
  await using file = await open(log, "a");
  const child = spawn("dockerd", [], { detached: true, stdio: ["ignore", file.fd, file.fd] });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`dockerd ended with exit code ${code}; see ${log}`)));
  });
  child.unref();
  await Promise.race([answering(AbortSignal.any([signal, AbortSignal.timeout(60_000)])), failed]);
  child.removeAllListeners();
}

async function answering(signal: AbortSignal): Promise<void> {
  while (!(await isRunning(signal))) await systemClock.sleep(100, signal);
}
