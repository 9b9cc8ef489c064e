import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DroverError } from "../lib/error.ts";
import { openSpool } from "./archive.ts";
import type { Platform } from "./base.ts";
import { debianLayer } from "./debian-layer.ts";
import type { EngineApi } from "./engine-api.ts";
import { type EngineImage, findImage } from "./engine-shapes.ts";
import { type ImageLayer, imageConfig } from "./image.ts";
import { type Layer, makeLayer } from "./layer.ts";
import { loadImage } from "./load.ts";
import { fetchPackage, newestOf, type PackageVersion, type Registry } from "./npm-registry.ts";
import type { TarEntry } from "./tar.ts";

/** What making a base needs from outside. */
export interface MakeBase {
  /** The tar of a minimal Debian of this suite, made on a machine of the platform. */
  debianRootfs(suite: string, signal: AbortSignal): Promise<Readable>;
  readonly registry: Registry;
}

export interface MakeRequest {
  readonly api: EngineApi;
  /** Such as `node:24-slim`. */
  readonly asked: string;
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly onOutput: (line: string) => void;
}

const SUITE = "bookworm";

/** The name that a base made for `asked` gets; undefined for names that none can be made for. */
export function madeName(asked: string): string | undefined {
  const major = majorOf(asked);
  return major === undefined ? undefined : `drover/base-node:${major}-${SUITE}`;
}

function majorOf(asked: string): number | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?node:(\d+)(?:\.\d+){0,2}(?:-(?:slim|bookworm|bookworm-slim))?$/.exec(
    asked,
  );
  return match === null ? undefined : Number(match[1]);
}

/**
 * Makes a base for Node: a minimal Debian, and Node with npm from npm's registry in /usr/local. Node and npm are the
 * newest of the major version that was asked, and Debian's packages those of today: a base made later differs.
 */
export async function makeBase(request: MakeRequest, make: MakeBase): Promise<EngineImage> {
  const { api, asked, platform, signal, onOutput } = request;
  const [major, tag] = [majorOf(asked), madeName(asked)];
  if (major === undefined || tag === undefined) throw new RangeError(`no base can be made for ${asked}`);
  const architecture = platform === "linux/arm64" ? "arm64" : "amd64";
  const nodePackage = `node-linux-${architecture === "arm64" ? "arm64" : "x64"}`;
  const [node, npm] = await Promise.all([
    newestOf(make.registry, nodePackage, major, signal),
    newestOf(make.registry, "npm", npmFor(major), signal),
  ]);
  onOutput(`node ${node.version} and npm ${npm.version} from ${make.registry.url}`);
  await using runtime = await runtimeLayer(make.registry, node, npm, signal);
  onOutput(`Debian ${SUITE} from this machine's archive`);
  await using debian = await debianLayer(await make.debianRootfs(SUITE, signal), signal);
  const layers: ImageLayer[] = [
    { diffId: debian.diffId, why: `Debian ${SUITE}, minimal`, bytes: debian },
    { diffId: runtime.diffId, why: `node ${node.version}, npm ${npm.version}`, bytes: runtime },
  ];
  const parent = { architecture, os: "linux", variant: undefined, diffIds: [], env: [PATH], labels: {}, inherited: {} };
  const config = imageConfig(parent, layers, { cmd: ["node"], labels: labelsOf(asked, node, npm) });
  await loadImage(api, { images: [{ config, tag }], layers }, undefined, signal);
  const image = await findImage(api, tag, signal);
  if (image !== undefined) return image;
  throw new DroverError("BUILD_FAILED", `the engine took ${tag}, but does not have it`);
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The npm that comes with that Node; newer ones refuse older Nodes, or change what an install does. */
function npmFor(node: number): number {
  return node >= 24 ? 11 : 10;
}

function labelsOf(asked: string, node: PackageVersion, npm: PackageVersion): Record<string, string> {
  return {
    "drover.base": "made",
    "drover.base.for": asked,
    "drover.base.debian": SUITE,
    "drover.base.node": `${node.name}@${node.version}`,
    "drover.base.npm": `npm@${npm.version}`,
  };
}

async function runtimeLayer(
  registry: Registry,
  node: PackageVersion,
  npm: PackageVersion,
  signal: AbortSignal,
): Promise<Layer> {
  await using spool = await openSpool(signal);
  const packages: readonly (readonly [PackageVersion, string, (path: string) => boolean])[] = [
    [node, "usr/local", (path) => path === "usr/local/package/bin/node"],
    [npm, "usr/local/lib", (path) => !/^usr\/local\/lib\/package\/(docs|man|html)(\/|$)/.test(path)],
  ];
  for (const [wanted, folder, keep] of packages) {
    const gunzip = createGunzip();
    gunzip.end(await fetchPackage(registry, wanted, signal));
    await spool.add(gunzip, folder, keep);
  }
  return await makeLayer([...spool.entries.map(inPlace), ...LINKS], signal);
}

const LINKS: readonly TarEntry[] = [
  { kind: "link", path: "usr/local/bin/npm", target: "../lib/node_modules/npm/bin/npm-cli.js" },
  { kind: "link", path: "usr/local/bin/npx", target: "../lib/node_modules/npm/bin/npx-cli.js" },
];

/** Packages have all their files in a folder `package`. */
function inPlace(entry: TarEntry): TarEntry {
  const path = entry.path
    .replace(/^usr\/local\/package\//, "usr/local/")
    .replace(/^usr\/local\/lib\/package(?=\/|$)/, "usr/local/lib/node_modules/npm");
  const isProgram = path === "usr/local/bin/node" || /npm\/bin\/[^/]+-cli\.js$/.test(path);
  return entry.kind === "file" ? { ...entry, path, mode: isProgram ? 0o755 : entry.mode } : { ...entry, path };
}
