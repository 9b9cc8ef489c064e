/** Settings of an `.npmrc` that change what an install leaves, and never hold a credential. */
const KEPT: ReadonlySet<string> = new Set([
  "auto-install-peers",
  "engine-strict",
  "force",
  "hoist",
  "hoist-pattern[]",
  "ignore-scripts",
  "include",
  "install-strategy",
  "legacy-peer-deps",
  "node-linker",
  "omit",
  "public-hoist-pattern[]",
  "shamefully-hoist",
  "strict-peer-deps",
  "strict-peer-dependencies",
]);

/** The part of an `.npmrc` that may be part of a digest: names what is kept, so that a token cannot slip through. */
export function installSettings(npmrc: string): string[] {
  return readNpmrc(npmrc)
    .filter(([key]) => KEPT.has(key))
    .map(([key, value]) => `${key}=${value}`)
    .sort();
}

/** The lines `key = value` of an `.npmrc`. */
export function readNpmrc(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const match = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    return match === null ? [] : [[match[1] ?? "", (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2")]];
  });
}
