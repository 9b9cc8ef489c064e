import { digestOf } from "../lib/digest.ts";
import { DEPS_REPOSITORY, isOn } from "./deps.ts";
import type { EngineApi } from "./engine-api.ts";
import { type EngineImage, findImage } from "./engine-shapes.ts";
import { type ImageLayer, imageConfig, type NamedImage } from "./image.ts";
import { makeLayer } from "./layer.ts";
import type { TarEntry } from "./tar.ts";

/** What an app's image holds besides base and dependencies. */
export interface AppFiles {
  /** As they are in the source folder. */
  readonly kept: readonly TarEntry[];
  /** As a build left them. */
  readonly made: readonly TarEntry[];
}

/** Formats that are replaced as a whole, not edited. */
const ASSET =
  /\.(png|jpe?g|gif|webp|avif|ico|bmp|tiff?|psd|svgz|woff2?|ttf|otf|eot|mp[34]|m4[av]|mov|webm|ogg|opus|wav|flac|pdf|zip|gz|tgz|br|zst|xz|7z|jar|wasm|node|so|sqlite3?|db|bin|dat|onnx|parquet)$/i;
/** Text of this size is data or generated: nobody writes it by hand. */
const LARGE = 64 << 10;
/** Fewer bytes than this are sent faster than the engine registers one more layer. */
const WORTH = 512 << 10;

/**
 * Parts files into those that an edit hardly ever touches, which become the lower layer, and the others. Each file's
 * name and size alone decide, never what was built before: so equal files give equal layers, and a file more or less
 * moves no other one. What a build makes is large because it is bundled: its size tells nothing.
 */
export function splitFiles({ kept, made }: AppFiles): { assets: TarEntry[]; source: TarEntry[] } {
  const all = [...kept, ...made];
  const assets = new Set([...kept.filter((entry) => isAsset(entry) || isLarge(entry)), ...made.filter(isAsset)]);
  const size = [...assets].reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size < WORTH) return { assets: [], source: all };
  return { assets: [...assets], source: all.filter((entry) => !assets.has(entry)) };
}

function isAsset(entry: TarEntry): boolean {
  return entry.kind === "file" && entry.digest !== undefined && ASSET.test(entry.path);
}

function isLarge(entry: TarEntry): boolean {
  return entry.kind === "file" && entry.digest !== undefined && entry.size >= LARGE;
}

function sizeOf(entry: TarEntry): number {
  return entry.kind === "file" ? entry.size : 0;
}

/** The lower layer of an app's files on the engine. */
export interface Assets {
  readonly layer: ImageLayer;
  /** The image by which the engine has it; undefined when it is to be loaded. */
  readonly found: EngineImage | undefined;
  /** The image that keeps it on the engine from now on. */
  readonly image: NamedImage;
}

/** Looks whether the engine has these assets on this parent: then none of them is read. Else makes their layer. */
export async function findAssets(
  { api, signal }: { readonly api: EngineApi; readonly signal: AbortSignal },
  { base, parent }: { readonly base: EngineImage; readonly parent: EngineImage },
  entries: readonly TarEntry[],
  stack: AsyncDisposableStack,
): Promise<Assets> {
  const tag = `${DEPS_REPOSITORY}:assets-${assetsKey(parent, entries)}`;
  const found = await findImage(api, tag, signal);
  const known = found !== undefined && isOn(found, parent) ? found.diffIds[parent.diffIds.length] : undefined;
  const layer = known === undefined ? await newLayer(entries, stack, signal) : { diffId: known, why: WHY };
  // It belongs to no stack, like the image of the dependencies that it lies on.
  const config = imageConfig({ ...base, diffIds: parent.diffIds }, [layer], { labels: { "drover.build": "assets" } });
  return { layer, found: known === undefined ? undefined : found, image: { config, tag } };
}

const WHY = "assets";

async function newLayer(
  entries: readonly TarEntry[],
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ImageLayer> {
  const bytes = stack.use(await makeLayer(entries, signal));
  return { diffId: bytes.diffId, why: WHY, bytes };
}

/** Names assets by everything that decides their layer and what it lies on. */
function assetsKey(parent: EngineImage, entries: readonly TarEntry[]): string {
  const files = entries.map((entry) => (entry.kind === "file" ? [entry.path, entry.mode, entry.digest] : [entry.path]));
  return digestOf({ format: 1, parent: parent.id, files }).slice(0, 40);
}
