import { posix } from "node:path";
import { z } from "zod";
import { sha256 } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import { openSpool, type Spool } from "./archive.ts";
import { type EngineApi, imagePath } from "./engine-api.ts";
import { findImage, parseImageIds } from "./engine-shapes.ts";
import { archiveEntries, type ImageConfig, type ImageLayer } from "./image.ts";
import { loadArchive } from "./load.ts";

export interface Shipped {
  readonly imageId: string;
  readonly bytesSent: number;
  readonly sentLayers: readonly string[];
  /** Why all layers travelled after all. */
  readonly fallback?: string;
}

/** Brings an image from one engine to another: only the layers that the other one lacks are sent to it. */
export async function shipImage(
  from: EngineApi,
  to: EngineApi,
  image: { readonly reference: string; readonly tag: string },
  signal: AbortSignal,
): Promise<Shipped> {
  const source = await findImage(from, image.reference, signal);
  if (source === undefined) throw new DroverError("BUILD_FAILED", `the engine does not have ${image.reference}`);
  if ((await findImage(to, source.id, signal)) !== undefined) {
    await tagImage(to, source.id, image.tag, signal);
    return { imageId: source.id, bytesSent: 0, sentLayers: [] };
  }
  const known = await knownLayers(to, source.diffIds, signal);
  await using stack = new AsyncDisposableStack();
  const { config, layers } = await exportImage(from, source.id, stack, signal);
  const named = { config, tag: image.tag };
  const lacking = layers.slice(known);
  const first = await loadArchive(to, archiveEntries([named], lacking), signal);
  if (first.error === undefined) return { imageId: config.id, bytesSent: first.bytesSent, sentLayers: names(lacking) };
  const second = known === 0 ? first : await loadArchive(to, archiveEntries([named], layers), signal);
  if (second.error !== undefined) {
    throw new DroverError("BUILD_FAILED", `the engine did not take ${image.tag}: ${second.error}`);
  }
  const bytesSent = first.bytesSent + second.bytesSent;
  return { imageId: config.id, bytesSent, sentLayers: names(layers), fallback: first.error };
}

function names(layers: readonly ImageLayer[]): string[] {
  return layers.map((layer) => layer.diffId);
}

/** Gives an image of an engine another name. */
export async function tagImage(api: EngineApi, reference: string, tag: string, signal: AbortSignal): Promise<void> {
  const at = tag.lastIndexOf(":");
  const query = {
    repo: at > tag.lastIndexOf("/") ? tag.slice(0, at) : tag,
    tag: at > tag.lastIndexOf("/") ? tag.slice(at + 1) : "latest",
  };
  await api.json("POST", imagePath(reference, "tag"), { query, signal });
}

/** How many layers from the bottom an engine has, together and in this order, in some image. */
async function knownLayers(api: EngineApi, diffIds: readonly string[], signal: AbortSignal): Promise<number> {
  const ids = parseImageIds(await api.json("GET", "/images/json", { signal }));
  // The API's own connection limit keeps this from asking everything at once.
  const images = await Promise.all(ids.map((id) => findImage(api, id, signal)));
  const common = images.map((image) => {
    const differs = diffIds.findIndex((diffId, index) => image?.diffIds[index] !== diffId);
    return differs === -1 ? diffIds.length : differs;
  });
  return Math.max(0, ...common);
}

/** The layers of an image with their bytes, bottom first. */
export async function exportLayers(
  api: EngineApi,
  reference: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ImageLayer[]> {
  return (await exportImage(api, reference, stack, signal)).layers;
}

const manifestSchema = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })]);
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** Reads a whole image from an engine; its bytes stay on disk here until the stack is disposed. */
async function exportImage(
  api: EngineApi,
  reference: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<{ config: ImageConfig; layers: ImageLayer[] }> {
  const response = await api.call("GET", imagePath(reference, "get"), { signal });
  const spool = stack.use(await openSpool(signal));
  await spool.add(response, "", () => true);
  const [manifest] = manifestSchema.parse(JSON.parse(await textOf(spool, "manifest.json")));
  const json = await textOf(spool, manifest.Config);
  const { diff_ids: diffIds } = configSchema.parse(JSON.parse(json)).rootfs;
  const layers = diffIds.map((diffId, index) => layerOf(spool, diffId, manifest.Layers[index] ?? ""));
  return { config: { id: `sha256:${sha256(json)}`, json, diffIds }, layers };
}

function layerOf(spool: Spool, diffId: string, path: string): ImageLayer {
  const { size, content } = fileOf(spool, path);
  const open = async function* (): AsyncGenerator<Uint8Array> {
    const bytes = content();
    if (bytes instanceof Uint8Array) yield bytes;
    else yield* bytes;
  };
  // The bytes belong to the spool, which goes with the stack.
  return { diffId, why: "base", bytes: { diffId, size, open, [Symbol.asyncDispose]: async () => undefined } };
}

/** A file of an archive; a layer that an image has twice is a link to the first. */
function fileOf(spool: Spool, path: string): { size: number; content: () => Uint8Array | AsyncIterable<Uint8Array> } {
  const entry = spool.entries.find((candidate) => candidate.path === path);
  if (entry?.kind === "link") return fileOf(spool, posix.join(posix.dirname(path), entry.target));
  if (entry?.kind === "file") return entry;
  throw new DroverError("BUILD_FAILED", `the engine's export of the image lacks ${path}`);
}

async function textOf(spool: Spool, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  const bytes = fileOf(spool, path).content();
  if (bytes instanceof Uint8Array) chunks.push(bytes);
  else for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
