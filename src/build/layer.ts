import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type TarEntry, tarBytes } from "./tar.ts";

/** A finished layer: its bytes are known and can be read as often as needed. */
export interface Layer extends AsyncDisposable {
  /** `sha256:...` of the tar. */
  readonly diffId: string;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** Layers above this are spooled to a file. */
const IN_MEMORY = 48 << 20;

/**
 * Makes a layer: sorted, with the folders that are above its entries, owned by root, times 0. The same entries give
 * the same bytes on every machine.
 */
export function makeLayer(entries: readonly TarEntry[], signal: AbortSignal): Promise<Layer> {
  const complete = withFolders(entries);
  const size = complete.reduce((sum, entry) => sum + (entry.kind === "file" ? entry.size : 0) + 1024, 0);
  return sealLayer(tarBytes(complete), { signal, spool: size > IN_MEMORY });
}

/** Takes the bytes of a tar as they are for a layer. */
export async function sealLayer(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly signal: AbortSignal; readonly spool: boolean },
): Promise<Layer> {
  const hash = createHash("sha256");
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      options.signal.throwIfAborted();
      hash.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
  };
  const store = options.spool ? await toFile(counted()) : await toMemory(counted());
  return { diffId: `sha256:${hash.digest("hex")}`, size, ...store };
}

type Store = Pick<Layer, "open"> & AsyncDisposable;

async function toMemory(source: AsyncIterable<Uint8Array>): Promise<Store> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunks;
  };
  return { open, [Symbol.asyncDispose]: async () => void chunks.splice(0) };
}

async function toFile(source: AsyncIterable<Uint8Array>): Promise<Store> {
  const path = join(tmpdir(), `drover-layer-${randomBytes(8).toString("hex")}`);
  const discard = (): Promise<void> => rm(path, { force: true });
  try {
    await pipeline(source, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  } catch (error) {
    await discard();
    throw error;
  }
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1 << 20 });
  return { open, [Symbol.asyncDispose]: discard };
}

/** Adds the folders above all entries, once each, and sorts. A container engine would make missing ones root-only. */
export function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const byPath = new Map<string, TarEntry>();
  for (const entry of entries) {
    for (let at = entry.path.indexOf("/"); at !== -1; at = entry.path.indexOf("/", at + 1)) {
      const path = entry.path.slice(0, at);
      if (!byPath.has(path)) byPath.set(path, { kind: "folder", path });
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
