import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../lib/error.ts";
import type { TarEntry } from "./tar.ts";
import { explain, type Tree, type TreeFile } from "./tree.ts";

const LARGE = 1 << 20;

/** The files of a tree as entries of a tar under `folder`. What is read must still be what was walked. */
export function sourceEntries(tree: Tree, folder: string): TarEntry[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return tree.entries.map((entry) => {
    const path = prefix + entry.path;
    if (entry.kind === "link") return { kind: "link", path, target: entry.target };
    const content = (): Uint8Array | AsyncIterable<Uint8Array> =>
      entry.size < LARGE ? readWhole(tree.root, entry) : readPieces(tree.root, entry);
    return { kind: "file", path, mode: entry.mode, size: entry.size, digest: entry.digest, content };
  });
}

function readWhole(root: string, file: TreeFile): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(root, file.path));
  } catch (error) {
    throw explain(file.path, error);
  }
  verify(file, createHash("sha256").update(bytes).digest("hex"));
  return bytes;
}

async function* readPieces(root: string, file: TreeFile): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  const stream = createReadStream(join(root, file.path), { highWaterMark: LARGE });
  try {
    for await (const chunk of stream) {
      const bytes: Uint8Array = chunk;
      size += bytes.byteLength;
      if (size > file.size) break;
      hash.update(bytes);
      yield bytes;
    }
  } catch (error) {
    throw explain(file.path, error);
  }
  verify(file, size === file.size ? hash.digest("hex") : "");
}

function verify(file: TreeFile, digest: string): void {
  if (digest === file.digest) return;
  throw new DroverError("BUILD_FAILED", `${JSON.stringify(file.path)} changed while the app was being built`, {
    where: { path: file.path },
    hint: "run it again once nothing writes to the source folder",
  });
}
