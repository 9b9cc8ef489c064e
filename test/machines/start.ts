import { readFile } from "node:fs/promises";
import { DroverError } from "../../src/lib/error.ts";
import { testKey } from "./cache.ts";
import { lastLines } from "./command.ts";
import type { ContainerFacts } from "./container.ts";
import type { Host, HostOptions } from "./host.ts";
import { identityFiles, newIdentity } from "./identity.ts";
import { ensureImage } from "./image.ts";
import { launch } from "./launch.ts";
import { ensureNetwork, resolverFile } from "./network.ts";
import { ownerLabels } from "./owner.ts";
import { firstBoot, hostOf } from "./running.ts";
import { sweep } from "./sweep.ts";

/** Starts a host of each name, all at once; they are gone when disposed of, at the latest by the sweep after this process. */
export function startHosts(names: readonly string[], options: HostOptions = {}): Promise<Host[]> {
  return start(names, options, false);
}

/** `startHosts`, for hosts that stay until `removeKept`. */
export function startKeptHosts(names: readonly string[], options: HostOptions = {}): Promise<Host[]> {
  return start(names, options, true);
}

async function start(names: readonly string[], options: HostOptions, isKept: boolean): Promise<Host[]> {
  for (const name of names) checkName(name);
  const signal = options.signal ?? AbortSignal.timeout(600_000);
  await sweep(signal);
  const common = await prepare(options, isKept, signal);
  const started = await Promise.allSettled(names.map((name) => startOne(name, common, options, signal)));
  const hosts = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = started.find((one) => one.status === "rejected");
  if (failed === undefined) return hosts;
  await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
  throw failed.reason;
}

/** What hosts that start together share. */
interface Common extends Pick<ContainerFacts, "image" | "resolver" | "labels"> {
  keyFile: string;
  /** Of the network's addresses. */
  prefix: string;
}

async function prepare(options: HostOptions, isKept: boolean, signal: AbortSignal): Promise<Common> {
  const { release = "bookworm", shell = "dash", init = "systemd", packages = "apt" } = options;
  const [image, resolver, labels, keyFile, prefix] = await Promise.all([
    ensureImage({ release, shell, init, packages }, signal),
    resolverFile(),
    ownerLabels(isKept),
    testKey(signal),
    ensureNetwork(signal),
  ]);
  return { image, resolver, labels, keyFile, prefix };
}

async function startOne(name: string, common: Common, options: HostOptions, signal: AbortSignal): Promise<Host> {
  const { keyFile, prefix, ...facts } = common;
  const identity = await newIdentity(signal);
  const files = await identityFiles(identity, await readFile(`${keyFile}.pub`, "utf8"), options);
  const { id, address } = await launch({ ...facts, name }, prefix, files, options, signal);
  const host = hostOf({ name, id, address, keyFile, hostKey: `${address} ${identity.publicKey}` }, options.init);
  try {
    await firstBoot(host, options.init, signal);
    if (options.aptLists) await fetchLists(host);
    return host;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}

async function fetchLists(host: Host): Promise<void> {
  const { code, stderr } = await host.sh("apt-get update -qq");
  if (code === 0) return;
  const where = { machine: host.name };
  throw new DroverError("STEP_FAILED", "apt-get update failed on a test host", { where, evidence: lastLines(stderr) });
}

/** A hostname, so that it needs no quoting anywhere. */
function checkName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(name)) return;
  throw new DroverError("USAGE", `"${name}" is no name for a test host: lower-case letters, digits and hyphens`);
}
