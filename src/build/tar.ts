import { type Header, type Pack, pack } from "tar-stream";

/** One thing in a tar. Owners, times and modes are not among its fields: they are the same for everybody. */
export type TarEntry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly mode: number;
      readonly size: number;
      /** SHA-256 of the content, hex, where it is known. */
      readonly digest?: string;
      /** The bytes at once, or piece by piece when they are many. */
      readonly content: () => Uint8Array | AsyncIterable<Uint8Array>;
    };

type TarHeader = Partial<Header> & Pick<Header, "name">;

const EPOCH = new Date(0);

/** A file whose bytes are at hand. */
export function textEntry(path: string, content: string | Uint8Array, mode = 0o644): TarEntry {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return { kind: "file", path, mode, size: bytes.byteLength, content: () => bytes };
}

/** The bytes of a tar with these entries, in this order. Small pieces are joined. */
export async function* tarBytes(entries: Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const fed = feed(tar, entries);
  // A failure while feeding destroys the pack and surfaces in the loop below.
  fed.catch((error: Error) => tar.destroy(error));
  try {
    yield* joined(bytesOf(tar));
  } finally {
    tar.destroy();
  }
  await fed;
}

async function feed(tar: Pack, entries: Iterable<TarEntry>): Promise<void> {
  for (const entry of entries) await add(tar, entry);
  tar.finalize();
}

function add(tar: Pack, entry: TarEntry): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (entry.kind === "file") addFile(tar, entry, done);
    else tar.entry(headerOf(entry), done);
  });
}

function addFile(tar: Pack, entry: TarEntry & { kind: "file" }, done: (error?: Error | null) => void): void {
  const content = entry.content();
  if (!(content instanceof Uint8Array)) pour(content, tar.entry(headerOf(entry), done)).catch(done);
  else if (content.byteLength === entry.size) tar.entry(headerOf(entry), content, done);
  else done(new Error(`${entry.path}: size changed`));
}

type Sink = ReturnType<Pack["entry"]>;

/** Writes bytes to an entry of a tar. Stops when nobody reads the tar any more. */
export async function pour(bytes: AsyncIterable<Uint8Array>, sink: Sink): Promise<void> {
  // Its failure reaches whoever opened it by the entry's callback.
  sink.on("error", () => undefined);
  for await (const chunk of bytes) {
    if (sink.destroyed) return;
    if (!sink.write(chunk)) await drained(sink);
  }
  sink.end(null);
}

function drained(sink: Sink): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      sink.off("drain", go);
      sink.off("close", go);
      resolve();
    };
    sink.on("drain", go);
    sink.on("close", go);
  });
}

/** The bytes of a stream of tar-stream's, whose types do not say that it gives bytes. */
export async function* bytesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a tar gave something else than bytes");
    yield chunk;
  }
}

function headerOf(entry: TarEntry): TarHeader {
  const common = { uid: 0, gid: 0, mtime: EPOCH };
  if (entry.kind === "folder") return { ...common, name: `${entry.path}/`, type: "directory", mode: 0o755 };
  if (entry.kind === "link") {
    return { ...common, name: entry.path, type: "symlink", mode: 0o777, linkname: entry.target };
  }
  return { ...common, name: entry.path, type: "file", mode: entry.mode, size: entry.size };
}

const PIECE = 256 * 1024;

/** Tars come as many small pieces; each one costs a write. */
async function* joined(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    parts.push(chunk);
    size += chunk.byteLength;
    if (size < PIECE) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}
