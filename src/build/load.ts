import { DroverError } from "../lib/error.ts";
import { type EngineApi, jsonLines } from "./engine-api.ts";
import { parseProgress } from "./engine-shapes.ts";
import { archiveEntries, type ImageLayer, type NamedImage } from "./image.ts";
import { type TarEntry, tarBytes } from "./tar.ts";

export interface Loaded {
  readonly bytesSent: number;
  /** Diff ids of the layers whose bytes were sent. */
  readonly sentLayers: readonly string[];
  /** Why all layers were sent after all. */
  readonly fallback?: string;
}

/** Gives the bytes of layers that the engine was thought to have; they are released with the stack. */
export type FillHoles = (stack: AsyncDisposableStack) => Promise<readonly ImageLayer[]>;

/** Images to load together, each on the one before it, with the layers that may be sent. */
export interface Loading {
  readonly images: readonly NamedImage[];
  readonly layers: readonly ImageLayer[];
}

/**
 * Loads images, leaving out the layers whose bytes are not given because the engine has them. Some engines want
 * them all the same: then `fillHoles` finds them.
 */
export async function loadImage(
  api: EngineApi,
  loading: Loading,
  fillHoles: FillHoles | undefined,
  signal: AbortSignal,
): Promise<Loaded> {
  const first = await attempt(api, loading, signal);
  if (first.error === undefined) return first.loaded;
  if (fillHoles === undefined) throw refusal(first.error);
  await using stack = new AsyncDisposableStack();
  const layers = [...(await fillHoles(stack)), ...loading.layers];
  const second = await attempt(api, { ...loading, layers }, signal);
  if (second.error !== undefined) throw refusal(second.error);
  const bytesSent = first.loaded.bytesSent + second.loaded.bytesSent;
  return { ...second.loaded, bytesSent, fallback: `the engine wants all layers: ${first.error}` };
}

async function attempt(
  api: EngineApi,
  { images, layers }: Loading,
  signal: AbortSignal,
): Promise<{ loaded: Loaded; error?: string }> {
  const { bytesSent, error } = await loadArchive(api, archiveEntries(images, layers), signal);
  const sentLayers = layers.flatMap((layer) => (layer.bytes === undefined ? [] : [layer.diffId]));
  return { loaded: { bytesSent, sentLayers }, ...(error === undefined ? {} : { error }) };
}

/** Sends an archive of images to an engine; says what the engine had against it. */
export async function loadArchive(
  api: EngineApi,
  entries: Iterable<TarEntry>,
  signal: AbortSignal,
): Promise<{ bytesSent: number; error?: string }> {
  let bytesSent = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of tarBytes(entries)) {
      bytesSent += chunk.byteLength;
      yield chunk;
    }
  };
  const response = await api.call("POST", "/images/load", {
    query: { quiet: "1" },
    body: counted(),
    accept: [400, 500],
    signal,
  });
  let error: string | undefined;
  for await (const line of jsonLines(response)) {
    const progress = parseProgress(line);
    error ??= progress.errorDetail?.message ?? progress.error ?? progress.message;
  }
  if (error === undefined && (response.statusCode ?? 0) >= 400) error = `HTTP ${response.statusCode}`;
  return error === undefined ? { bytesSent } : { bytesSent, error };
}

function refusal(message: string): DroverError {
  return new DroverError("BUILD_FAILED", `the container engine did not take the image: ${message}`, {
    evidence: [message],
  });
}
