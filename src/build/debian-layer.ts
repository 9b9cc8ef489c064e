import type { Readable } from "node:stream";
import { type Extract, extract, type Header, type Pack, pack } from "tar-stream";
import { type Layer, sealLayer } from "./layer.ts";
import { bytesOf, pour } from "./tar.ts";

/** What an image has no use for: caches and logs of the making, devices that every container gets, translations. */
const LEFT_OUT = [
  /^dev\/./,
  /^(proc|sys|run|tmp)\/./,
  /^var\/(cache\/apt|lib\/apt\/lists|cache\/debconf|tmp)\/./,
  /^var\/(log|cache\/ldconfig)\/.*[^/]$/,
  /^usr\/share\/(doc|man|info|lintian)\/./,
  /^usr\/share\/locale\/(?!locale\.alias)/,
  /^etc\/(hostname|resolv\.conf|machine-id)$/,
  /^var\/lib\/dbus\/machine-id$/,
];
const KEPT = /^usr\/share\/doc\/([^/]+\/)?(copyright)?$/;

/**
 * A layer from the tar of a root file system. Owners, modes and links stay as they are; times do not, since they are
 * those of the making.
 */
export async function debianLayer(rootfs: Readable, signal: AbortSignal): Promise<Layer> {
  return await sealLayer(rewritten(rootfs), { signal, spool: true });
}

async function* rewritten(rootfs: Readable): AsyncGenerator<Uint8Array> {
  const [parser, tar] = [extract(), pack()];
  const copied = copy(parser, tar);
  copied.catch((error: Error) => tar.destroy(error));
  rootfs.on("error", (error) => parser.destroy(error)).pipe(parser);
  try {
    yield* bytesOf(tar);
  } finally {
    rootfs.destroy();
    tar.destroy();
  }
  await copied;
}

async function copy(parser: Extract, tar: Pack): Promise<void> {
  for await (const part of parser) {
    const name = part.header.name.replace(/^\.\//, "");
    if (name === "" || name === "." || isLeftOut(name)) part.resume();
    else await write(tar, { ...part.header, name }, bytesOf(part));
  }
  tar.finalize();
}

function isLeftOut(name: string): boolean {
  return !KEPT.test(name) && LEFT_OUT.some((pattern) => pattern.test(name));
}

function write(tar: Pack, header: Header, body: AsyncIterable<Uint8Array>): Promise<void> {
  const linkname = header.type === "link" ? header.linkname.replace(/^\.\//, "") : header.linkname;
  const clean = { ...header, linkname, mtime: new Date(0), uname: "", gname: "", pax: null };
  return new Promise((resolve, reject) => {
    const sink = tar.entry(clean, (error) => (error ? reject(error) : resolve()));
    if (header.type === "file" || header.type === "contiguous-file") pour(body, sink).catch(reject);
  });
}
