import { readFileSync } from "node:fs";

/** The version in package.json: two folders up from the sources, one from the bundle. */
export function version(): string {
  const up = import.meta.url.endsWith(".ts") ? "../../package.json" : "../package.json";
  const manifest: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
  const found =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined;
  return typeof found === "string" ? found : "unknown";
}
