import { sha256 } from "../../lib/digest.ts";
import { maskText, type Text } from "../../model/secret.ts";

export const FORMATS = ["tar", "gz", "xz", "zst", "zip"] as const;
export type Format = (typeof FORMATS)[number];

const tar = { program: "tar", package: "tar" };

/** What unpacks each, and the package that has it. */
export const UNPACKERS: Readonly<Record<Format, readonly { readonly program: string; readonly package: string }[]>> = {
  tar: [tar],
  gz: [tar, { program: "gzip", package: "gzip" }],
  xz: [tar, { program: "xz", package: "xz-utils" }],
  zst: [tar, { program: "zstd", package: "zstd" }],
  zip: [{ program: "unzip", package: "unzip" }],
};

interface Source {
  readonly format?: Format | undefined;
  readonly url?: Text | undefined;
  readonly path?: string | undefined;
}

const ENDINGS: Readonly<Record<string, Format>> = {
  ...{ tar: "tar", gz: "gz", tgz: "gz", xz: "xz", txz: "xz", zst: "zst", tzst: "zst", zip: "zip" },
};

/** By its word, else by how its name ends. */
export function guessFormat({ format, url, path }: Source): Format | undefined {
  const name = path ?? maskText(url ?? "").replace(/[?#].*$/s, "");
  return format ?? ENDINGS[name.slice(name.lastIndexOf(".") + 1).toLowerCase()];
}

export function formatOf(source: Source): Format {
  return guessFormat(source) ?? "tar";
}

/** The name of the record in the state folder; a path is too long to be one. */
export function recordOf(name: string): string {
  return sha256(name).slice(0, 32);
}
