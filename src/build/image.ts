import { sha256 } from "../lib/digest.ts";
import { canonical } from "../lib/ndjson.ts";
import type { EngineImage } from "./engine-shapes.ts";
import type { Layer } from "./layer.ts";
import { type TarEntry, textEntry } from "./tar.ts";

/** What an image says about how it runs. */
export interface ImageSettings {
  readonly cmd?: readonly string[];
  /** `NAME=value`, laid over the base's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Laid before the base's PATH. */
  readonly path?: string;
  readonly workdir?: string;
  readonly user?: string;
  readonly port?: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A layer of an image: only its name where the engine has the bytes already. */
export interface ImageLayer {
  readonly diffId: string;
  readonly why: string;
  readonly bytes?: Layer;
}

export interface ImageConfig {
  /** `sha256:...`: the image's id on every engine. */
  readonly id: string;
  readonly json: string;
  readonly diffIds: readonly string[];
}

type Parent = Pick<EngineImage, "architecture" | "os" | "variant" | "diffIds" | "env" | "labels" | "inherited">;

// Times would make equal images differ.
const CREATED = "1970-01-01T00:00:00Z";

/** The configuration of an image that lays `layers` on `parent`. Equal arguments give equal bytes. */
export function imageConfig(parent: Parent, layers: readonly ImageLayer[], settings: ImageSettings): ImageConfig {
  const diffIds = [...parent.diffIds, ...layers.map((layer) => layer.diffId)];
  const why = [...parent.diffIds.map(() => "base"), ...layers.map((layer) => layer.why)];
  const json = canonical({
    architecture: parent.architecture,
    os: parent.os,
    variant: parent.variant,
    created: CREATED,
    config: runConfig(parent, settings),
    history: why.map((text) => ({ created: CREATED, created_by: `drover: ${text}` })),
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  return { id: `sha256:${sha256(json)}`, json, diffIds };
}

function runConfig(parent: Parent, settings: ImageSettings): Record<string, unknown> {
  return {
    ...parent.inherited,
    Env: mergeEnv(parent.env, { ...settings.env, ...pathEnv(parent.env, settings.path) }),
    Labels: { ...parent.labels, ...settings.labels },
    Cmd: settings.cmd,
    WorkingDir: settings.workdir,
    User: settings.user,
    ExposedPorts: settings.port === undefined ? undefined : { [`${settings.port}/tcp`]: {} },
  };
}

function mergeEnv(base: readonly string[], own: Readonly<Record<string, string>>): string[] {
  const kept = base.filter((line) => !((line.split("=")[0] ?? "") in own));
  return [...kept, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)];
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function pathEnv(base: readonly string[], first: string | undefined): Record<string, string> {
  if (first === undefined) return {};
  const known = base.find((line) => line.startsWith("PATH="))?.slice("PATH=".length);
  return { PATH: `${first}:${known || PATH}` };
}

/** An image and the name that an engine shall know it by. */
export interface NamedImage {
  readonly config: ImageConfig;
  readonly tag: string;
}

/** The entries of the archive that `POST /images/load` takes; layers without bytes are named and left out. */
export function archiveEntries(images: readonly NamedImage[], layers: readonly ImageLayer[]): TarEntry[] {
  const manifest = images.map(({ config, tag }) => ({
    Config: configFile(config),
    RepoTags: [tag],
    Layers: config.diffIds.map(layerFile),
  }));
  return [
    ...layers.flatMap((layer) => (layer.bytes === undefined ? [] : [layerEntry(layer.bytes)])),
    ...images.map(({ config }) => textEntry(configFile(config), config.json)),
    textEntry("manifest.json", canonical(manifest)),
  ];
}

function configFile(config: ImageConfig): string {
  return `${config.id.slice("sha256:".length)}.json`;
}

function layerEntry(layer: Layer): TarEntry {
  return { kind: "file", path: layerFile(layer.diffId), mode: 0o644, size: layer.size, content: () => layer.open() };
}

function layerFile(diffId: string): string {
  return `${diffId.slice("sha256:".length)}/layer.tar`;
}
