import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { http } from "../lib/http.ts";
import { readNpmrc } from "./npm-settings.ts";

/** Where packages are fetched from, and with what. */
export interface Registry {
  /** Ends with a slash. */
  readonly url: string;
  /** Value of the `authorization` header for that registry. */
  readonly authorization?: string;
  /** Environment that proxies are taken from. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT = "https://registry.npmjs.org/";

/** The registry that npm would use: from the environment, else from the texts of `.npmrc` files, nearest first. */
export function registryOf(env: Registry["env"], npmrcs: readonly string[]): Registry {
  const settings = new Map(npmrcs.toReversed().flatMap(readNpmrc));
  const value = (text: string | undefined): string | undefined =>
    text?.replace(/\$\{(\w+)\}/g, (_, name) => env[name] ?? "");
  const asked = env["npm_config_registry"] || env["NPM_CONFIG_REGISTRY"] || value(settings.get("registry")) || DEFAULT;
  const url = asked.endsWith("/") ? asked : `${asked}/`;
  const place = url.replace(/^https?:/, "");
  const token = value(settings.get(`${place}:_authToken`));
  const basic = value(settings.get(`${place}:_auth`));
  const authorization = token !== undefined ? `Bearer ${token}` : basic !== undefined ? `Basic ${basic}` : undefined;
  return { url, env, ...(authorization === undefined ? {} : { authorization }) };
}

const packumentSchema = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string(), integrity: z.string() }) })),
});

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
  readonly integrity: string;
}

/** The newest version of a package with that major, as the registry has it. */
export async function newestOf(
  registry: Registry,
  name: string,
  major: number,
  signal: AbortSignal,
): Promise<PackageVersion> {
  const response = await get(registry, registry.url + name, signal);
  const { versions } = packumentSchema.parse(JSON.parse((await whole(response)).toString("utf8")));
  const fitting = Object.keys(versions).filter((version) => new RegExp(`^${major}\\.\\d+\\.\\d+$`).test(version));
  const version = fitting.sort((a, b) => compare(b, a))[0];
  const dist = version === undefined ? undefined : versions[version]?.dist;
  if (version === undefined || dist === undefined) {
    throw new DroverError("BUILD_FAILED", `${registry.url} has no version ${major} of ${name}`);
  }
  return { name, version, ...dist };
}

function compare(a: string, b: string): number {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (x[2] ?? 0) - (y[2] ?? 0);
}

/** A package's tarball (gzip), checked against the integrity that the registry says. */
export async function fetchPackage(registry: Registry, wanted: PackageVersion, signal: AbortSignal): Promise<Buffer> {
  // As npm does it: packages that name the public registry come from the one that was configured.
  const url = wanted.tarball.replace(/^https?:\/\/registry\.npmjs\.org\//, registry.url);
  const bytes = await whole(await get(registry, url, signal));
  const expected = wanted.integrity.split(/\s+/).find((part) => part.startsWith("sha512-"));
  const actual = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (expected === actual) return bytes;
  throw new DroverError("BUILD_FAILED", `${wanted.name}@${wanted.version} is not what the registry says it is`, {
    evidence: [`expected ${expected ?? "no sha512 at all"}`, `got ${actual}`],
  });
}

async function get(registry: Registry, url: string, signal: AbortSignal, hops = 0): Promise<IncomingMessage> {
  const { request, Agent } = url.startsWith("https:") ? await import("node:https") : http;
  // Secrets of a registry go to that registry only.
  const own = url.startsWith(registry.url) && registry.authorization !== undefined;
  const headers = { accept: "application/json, */*", ...(own ? { authorization: registry.authorization } : {}) };
  const agent = new Agent({ proxyEnv: { ...registry.env } });
  const req = request(url, { agent, headers, signal }).end();
  try {
    const [response]: IncomingMessage[] = await once(req, "response", { signal });
    const status = response?.statusCode ?? 0;
    if (response !== undefined && status === 200) return response;
    response?.resume();
    const next = response?.headers.location;
    if (next !== undefined && status < 400 && hops < 5)
      return await get(registry, new URL(next, url).href, signal, hops + 1);
    throw new DroverError("BUILD_FAILED", `${url} answered ${status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (DroverError.is(error)) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new DroverError("BUILD_FAILED", `${url} cannot be fetched: ${text}`, {
      hint: "npm_config_registry, HTTPS_PROXY and NODE_EXTRA_CA_CERTS are honoured",
      cause: error,
    });
  }
}

async function whole(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
