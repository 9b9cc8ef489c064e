import { readFileSync } from "node:fs";
import { ROOM } from "./container.ts";
import { type TarEntry, textEntry } from "./tar.ts";

/** Proxy settings, by their usual names. */
export interface Proxy {
  readonly http?: string;
  readonly https?: string;
  readonly no?: string;
}

/** What installs and builds get besides the recipe; nothing of it reaches an image. */
export interface BuildEnv {
  readonly proxy?: Proxy;
  /** Certificates (PEM) to trust besides the usual ones. */
  readonly ca?: Uint8Array;
}

const HOME = `/${ROOM}/home`;
const CA = `${ROOM}/ca.crt`;

/** The client's own settings: what builds get when nothing else is said. */
export function clientBuildEnv(env: Readonly<Record<string, string | undefined>>): BuildEnv {
  const either = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const [http, https, no] = [either("HTTP_PROXY"), either("HTTPS_PROXY"), either("NO_PROXY")];
  const proxy = { ...(http && { http }), ...(https && { https }), ...(no && { no }) };
  const ca = readCa(env["NODE_EXTRA_CA_CERTS"]);
  return { ...(Object.keys(proxy).length > 0 ? { proxy } : {}), ...(ca === undefined ? {} : { ca }) };
}

function readCa(file: string | undefined): Uint8Array | undefined {
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file);
  } catch {
    return undefined; // Node itself only warns when the file that this variable names is not there.
  }
}

/** Proxy variables in upper and lower case: tools differ in which they read. */
export function proxyEnv(proxy: Proxy | undefined): Record<string, string> {
  const pairs = Object.entries({ HTTP_PROXY: proxy?.http, HTTPS_PROXY: proxy?.https, NO_PROXY: proxy?.no });
  return Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            [name, value],
            [name.toLowerCase(), value],
          ],
    ),
  );
}

/** The environment of a build container. */
export function containerEnv(build: BuildEnv): Record<string, string> {
  const ca = {
    NODE_EXTRA_CA_CERTS: `/${CA}`,
    SSL_CERT_FILE: `/${CA}`,
    npm_config_cafile: `/${CA}`,
    YARN_HTTPS_CA_FILE_PATH: `/${CA}`,
  };
  return {
    HOME,
    CI: "true",
    npm_config_update_notifier: "false",
    // Patience for a slow registry, not two minutes of it for one that refuses.
    npm_config_fetch_retry_mintimeout: "1000",
    npm_config_fetch_retry_maxtimeout: "8000",
    npm_config_cache: `${HOME}/.npm`,
    YARN_NODE_LINKER: "node-modules",
    YARN_ENABLE_TELEMETRY: "0",
    ...proxyEnv(build.proxy),
    ...(build.ca === undefined ? {} : ca),
  };
}

/** The files that go with it, outside of what becomes a layer. */
export function containerFiles(build: BuildEnv): TarEntry[] {
  return [
    { kind: "folder", path: "run" },
    { kind: "folder", path: ROOM },
    { kind: "folder", path: `${ROOM}/home` },
    ...(build.ca === undefined ? [] : [textEntry(CA, build.ca)]),
  ];
}
