import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { DroverError } from "../lib/error.ts";
import { bytesOf, type TarEntry } from "./tar.ts";

/** Entries read from tars; their bytes are in one file on disk, which goes when this is disposed. */
export interface Spool extends AsyncDisposable {
  /** Adds a tar's entries under `folder`. `keep` says which paths are wanted. */
  add(tar: AsyncIterable<Uint8Array>, folder: string, keep: (path: string) => boolean): Promise<void>;
  readonly entries: readonly TarEntry[];
}

/** Opens an empty spool. */
export async function openSpool(signal: AbortSignal): Promise<Spool> {
  const path = join(tmpdir(), `drover-spool-${randomBytes(8).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  const state: State = { file, end: 0, entries: new Map() };
  return {
    get entries() {
      return [...state.entries.values()];
    },
    add: (tar, folder, keep) => read(state, tar, { folder, keep, signal }),
    async [Symbol.asyncDispose]() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

interface State {
  readonly file: FileHandle;
  end: number;
  readonly entries: Map<string, TarEntry>;
}
interface Reading {
  readonly folder: string;
  readonly keep: (path: string) => boolean;
  readonly signal: AbortSignal;
}

async function read(state: State, tar: AsyncIterable<Uint8Array>, reading: Reading): Promise<void> {
  const parser = extract();
  const fed = pipeline(tar, parser, { signal: reading.signal });
  fed.catch(() => undefined); // Surfaces when it is awaited below, or in the loop.
  for await (const part of parser) {
    const path = within(reading.folder, part.header.name);
    const entry =
      path === "" || !reading.keep(path) ? undefined : await toEntry(state, reading, path, part.header, bytesOf(part));
    if (entry !== undefined) state.entries.set(path, entry);
    part.resume();
  }
  await fed;
}

function within(folder: string, name: string): string {
  return posix.join(folder, name).replace(/\/$/, "").replace(/^\.$/, "");
}

async function toEntry(
  state: State,
  reading: Reading,
  path: string,
  header: Header,
  bytes: AsyncIterable<Uint8Array>,
): Promise<TarEntry | undefined> {
  switch (header.type) {
    case "directory":
      return { kind: "folder", path };
    case "symlink":
      return { kind: "link", path, target: header.linkname ?? "" };
    case "link":
      return hardLink(state, within(reading.folder, header.linkname ?? ""), path);
    case "file":
    case "contiguous-file":
      return await store(state, path, header, bytes);
    default:
      throw new DroverError("BUILD_FAILED", `the build left ${JSON.stringify(path)}, which is a ${header.type}`, {
        hint: "only files, folders and links can be part of an image",
      });
  }
}

/** Two names of one file become two files: the order of a tar then does not matter. */
function hardLink(state: State, target: string, path: string): TarEntry {
  const entry = state.entries.get(target);
  if (entry?.kind === "file") return { ...entry, path };
  throw new DroverError("BUILD_FAILED", `${JSON.stringify(path)} is a second name of a file outside of what is taken`);
}

async function store(state: State, path: string, header: Header, bytes: AsyncIterable<Uint8Array>): Promise<TarEntry> {
  const start = state.end;
  const hash = createHash("sha256");
  for await (const chunk of bytes) {
    await state.file.write(chunk, 0, chunk.byteLength, state.end);
    state.end += chunk.byteLength;
    hash.update(chunk);
  }
  const size = state.end - start;
  const mode = ((header.mode ?? 0) & 0o100) === 0 ? 0o644 : 0o755;
  return { kind: "file", path, mode, size, digest: hash.digest("hex"), content: () => pieces(state.file, start, size) };
}

const PIECE = 1 << 20;

async function* pieces(file: FileHandle, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, start + at);
    if (bytesRead === 0) throw new Error("the spool file was cut");
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
