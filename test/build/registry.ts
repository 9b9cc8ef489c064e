import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarBytes, textEntry } from "../../src/build/tar.ts";
import { docker } from "./engine.ts";

/** The engine's host, as containers on its default network see it: the first address of the subnet. */
export function gateway(): string {
  const subnet = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}");
  return subnet.replace(/\.\d+\/\d+$/, ".1");
}

export interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
}

/** A private registry with one package, `@secret/thing`: it answers nobody without the token. */
export interface Registry extends Disposable {
  readonly url: string;
  readonly port: number;
  /** What trusts its certificate; undefined where it speaks plain HTTP. */
  readonly ca: Buffer | undefined;
  readonly seen: readonly Seen[];
  /** Files of an app that depends on the package. */
  readonly app: Readonly<Record<string, string>>;
}

export async function privateRegistry(token: string, options: { tls: boolean; name?: string }): Promise<Registry> {
  const tarball = await packed(
    { name: "@secret/thing", version: "1.0.0", main: "index.js" },
    "module.exports = 'from the private registry'",
  );
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push({ url: request.url ?? "", authorization: request.headers.authorization });
    if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end("{}");
    else if (request.url?.endsWith("/thing-1.0.0.tgz")) response.end(tarball);
    else response.writeHead(404).end("{}");
  };
  const host = gateway();
  const tls = options.tls ? certificate(host) : undefined;
  const server: Server = tls === undefined ? createPlain(listener) : createSecure(tls, listener);
  const port = await listen(server);
  const url = options.name ?? `${tls === undefined ? "http" : "https"}://${host}:${port}/`;
  return { url, port, ca: tls?.cert, seen, app: appOf(url, tarball), [Symbol.dispose]: () => void server.close() };
}

export async function listen(server: NetServer): Promise<number> {
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function packed(manifest: object, code: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const entries = [textEntry("package/package.json", JSON.stringify(manifest)), textEntry("package/index.js", code)];
  for await (const chunk of tarBytes(entries)) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

function appOf(url: string, tarball: Buffer): Record<string, string> {
  const dependencies = { "@secret/thing": "1.0.0" };
  const thing = {
    version: "1.0.0",
    resolved: `${url}@secret/thing/-/thing-1.0.0.tgz`,
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
  };
  const packages = { "": { name: "private", version: "1.0.0", dependencies }, "node_modules/@secret/thing": thing };
  return {
    "package.json": JSON.stringify({
      name: "private",
      version: "1.0.0",
      scripts: { start: "node server.js" },
      dependencies,
    }),
    "package-lock.json": JSON.stringify({
      name: "private",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages,
    }),
    "server.js": "console.log(require('@secret/thing'))",
  };
}

function certificate(host: string): { cert: Buffer; key: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "drover-build-test-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    const subject = ["-subj", "/CN=test registry", "-addext", `subjectAltName=IP:${host}`];
    const args = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ];
    execFileSync("openssl", args, { stdio: "ignore" });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
