import type { RepositorySpec } from "../apt-repository.ts";
import { armour, keyBytes } from "./key.ts";

export function sourcesPath(name: string): string {
  return `/etc/apt/sources.list.d/${name}.sources`;
}

export function keyPath(name: string): string {
  return `/etc/apt/keyrings/${name}.asc`;
}

/** The file that its packages have to be signed with. */
export function signedBy(name: string, spec: RepositorySpec): string {
  return spec.keyFile ?? keyPath(name);
}

/** The key's file; undefined where a file of the machine is used. */
export function keyText({ key }: RepositorySpec): string | undefined {
  return key === undefined ? undefined : armour(keyBytes(key));
}

/** The deb822 file that apt reads. */
export function sourcesText(name: string, spec: RepositorySpec): string {
  const { uris, suites, architectures = [], sources } = spec;
  const components = componentsOf(spec);
  const fields = [
    ["Types", sources ? ["deb", "deb-src"] : ["deb"]],
    ["URIs", uris],
    ["Suites", suites],
    ["Components", components],
    ["Architectures", architectures],
    ["Signed-By", [signedBy(name, spec)]],
  ] as const;
  return fields.map(([field, values]) => (values.length === 0 ? "" : `${field}: ${values.join(" ")}\n`)).join("");
}

/** A suite that is a path has no components. */
export function componentsOf({ suites, components }: RepositorySpec): readonly string[] {
  return suites.every((suite) => suite.endsWith("/")) ? [] : (components ?? ["main"]);
}

/** A URI as apt compares it. */
export function plainUri(uri: string): string {
  return uri.endsWith("/") ? uri : `${uri}/`;
}

/** How the names of its lists begin, one for each index that apt fetches; as apt makes them from URIs. */
export function listNames({ uris, suites }: RepositorySpec): string[] {
  return uris.flatMap((uri) => suites.map((suite) => listName(plainUri(uri), suite)));
}

function listName(uri: string, suite: string): string {
  const whole = suite.endsWith("/") ? `${uri}${suite === "/" ? "" : suite}` : `${uri}dists/${suite}/`;
  return whole
    .replace(/^[a-z0-9+.-]+:(\/\/(?=[^/]))?/, "")
    .replace(/^\/\/\//, "/")
    .replace(/^\[([0-9A-Fa-f:.]+)\]/, "$1")
    .replace(/[\\|{}[\]<>"^~_=!@#$%&*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    .replaceAll("/", "_");
}
