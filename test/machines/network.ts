import { randomInt, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { DroverError } from "../../src/lib/error.ts";
import { openCache } from "./cache.ts";
import { call, readAll, send } from "./engine-api.ts";
import { withLock } from "./lock.ts";

/**
 * A network of our own, because only there a host can ask for its address and so keep it over a reboot. Its range is none
 * of those that Docker takes by default: Docker inside a host gets the networks that it has on a server.
 */
export const networkName = "drover-test";

const Network = z.object({ IPAM: z.object({ Config: z.tuple([z.object({ Subnet: z.string() })]) }) });

/** Makes the network when it is not there. Answers its prefix, the first half of every address in it. */
export async function ensureNetwork(signal: AbortSignal): Promise<string> {
  const found = await findPrefix(signal);
  if (found !== undefined) return found;
  // One at a time: of two that are made at once the engine may refuse both, for an overlap of ranges.
  return withLock(join(await openCache(), "network.lock"), signal, async () => {
    const others = await findPrefix(signal);
    return others ?? makeNetwork(signal);
  });
}

async function makeNetwork(signal: AbortSignal): Promise<string> {
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
  const prefix = freePrefix(own);
  const json = {
    Name: networkName,
    CheckDuplicate: true,
    Driver: "bridge",
    IPAM: { Config: [{ Subnet: `${prefix}.0.0/16`, Gateway: `${prefix}.0.1` }] },
  };
  await call({ method: "POST", path: "/networks/create", json, signal });
  return prefix;
}

async function findPrefix(signal: AbortSignal): Promise<string | undefined> {
  const answer = await send({ method: "GET", path: `/networks/${networkName}`, signal });
  const text = await readAll(answer);
  if (answer.statusCode !== 200) return undefined;
  return Network.parse(JSON.parse(text)).IPAM.Config[0].Subnet.split(".").slice(0, 2).join(".");
}

/** The first prefix that this machine has no address in: it may be such a host itself. */
export function freePrefix(own: readonly string[]): string {
  const prefixes = Array.from({ length: 40 }, (_, index) => `10.${213 + index}`);
  const free = prefixes.find((prefix) => !own.some((address) => address.startsWith(`${prefix}.`)));
  if (free === undefined) throw new DroverError("CONFLICT", "this machine has addresses in every range for test hosts");
  return free;
}

/** An address by chance; of 65 thousand it is rarely taken, and whoever starts a host with it tries again then. */
export function someAddress(prefix: string): string {
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
