import { randomInt, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openCache } from "./cache.ts";
import { call, send } from "./engine-api.ts";

/**
 * A network of our own, because only there a host can ask for its address and so keep it over a reboot. Its range is none
 * of those that Docker takes by default: Docker inside a host gets the networks that it has on a server.
 */
export const networkName = "drover-test";
const prefix = "10.213";

/** Makes the network when it is not there. */
export async function ensureNetwork(signal: AbortSignal): Promise<void> {
  if (await isThere(signal)) return;
  const json = {
    Name: networkName,
    CheckDuplicate: true,
    Driver: "bridge",
    IPAM: { Config: [{ Subnet: `${prefix}.0.0/16`, Gateway: `${prefix}.0.1` }] },
  };
  try {
    await call({ method: "POST", path: "/networks/create", json, signal });
  } catch (error) {
    if (!(await isThere(signal))) throw error; // else another suite made it in between
  }
}

async function isThere(signal: AbortSignal): Promise<boolean> {
  const answer = await send({ method: "GET", path: `/networks/${networkName}`, signal });
  answer.resume();
  return answer.statusCode === 200;
}

/** An address by chance; of 65 thousand it is rarely taken, and whoever starts a host with it tries again then. */
export function someAddress(): string {
  return `${prefix}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

/**
 * The file to mount over resolv.conf. The engine would put its own name server there, on a loopback address that means
 * nothing to containers within a host.
 */
export async function resolverFile(): Promise<string> {
  const path = join(await openCache(), "resolv.conf");
  const fresh = `${path}.${randomUUID()}`;
  await writeFile(fresh, await nameServers());
  await rename(fresh, path);
  return path;
}

async function nameServers(): Promise<string> {
  const own = await readFile("/etc/resolv.conf", "utf8");
  if (!/^nameserver\s+(127\.|::1)/m.test(own)) return own;
  return readFile("/run/systemd/resolve/resolv.conf", "utf8"); // behind a local resolver, the real ones
}
