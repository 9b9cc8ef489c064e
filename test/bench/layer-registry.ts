import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { imageConfig } from "../../src/build/image.ts";
import type { Layer } from "../../src/build/layer.ts";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

/** A registry on loopback with one image of one layer: what an engine asks when it pulls, and no more. */
export interface LayerRegistry extends AsyncDisposable {
  readonly image: string;
  /** Makes the image consist of this layer. */
  offer(layer: Layer): Promise<void>;
}

/** Starts it. */
export async function layerRegistry(): Promise<LayerRegistry> {
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer): { size: number; digest: string } => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    blobs.set(digest, bytes);
    return { size: bytes.byteLength, digest };
  };
  const server = createServer((request, response) => {
    const [, kind, name = ""] = /^\/v2\/layer\/(manifests|blobs)\/(.+)$/.exec(request.url ?? "") ?? [];
    const body = request.url === "/v2/" ? Buffer.from("{}") : blobs.get(name);
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = kind === "manifests" ? MANIFEST : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": body.byteLength });
    response.end(request.method === "HEAD" ? undefined : body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    image: `127.0.0.1:${(server.address() as AddressInfo).port}/layer:1`,
    async offer(layer) {
      const own = add(Buffer.concat(await Array.fromAsync(layer.open())));
      const parent = { architecture: "amd64", os: "linux", variant: undefined, diffIds: [], env: [], labels: {} };
      const { json } = imageConfig({ ...parent, inherited: {} }, [{ diffId: own.digest, why: "source" }], {
        labels: {},
      });
      const config = { mediaType: "application/vnd.docker.container.image.v1+json", ...add(Buffer.from(json)) };
      const layers = [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar", ...own }];
      const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers }));
      add(manifest);
      blobs.set("1", manifest);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
