/** Labels that say on a thing itself whose it is. They hold names only, never a value of the app. */
export const OWNER = "drover.owner";
export const APP = "drover.app";
export const PROCESS = "drover.process";
export const RELEASE = "drover.release";
export const GROUP = "drover.group";
/** Digest of what a container was made from. */
export const SPEC = "drover.spec";
/** Names of a container's volumes, comma separated. */
export const VOLUMES = "drover.volumes";
/** Seconds between SIGTERM and SIGKILL. */
export const STOP = "drover.stop";
/** Where an app sees a volume. */
export const PATH = "drover.path";

/** A label as a field of an inspect template, escaped as `field` escapes it; empty where there is none, or none at all. */
export function labelField(name: string, label: string, at = ".Config.Labels"): string {
  return `${name}={{with ${at}}}{{with index . "${label}"}}{{urlquery .}}{{end}}{{end}}`;
}

/** A value as the engine's own template function `urlquery` prints it. */
export function field(value: string): string {
  return encodeURIComponent(value)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The reverse of `field`. A `*` that stands for any value stays. */
export function unfield(text: string | undefined): string {
  return decodeURIComponent((text ?? "").replaceAll("+", " "));
}
