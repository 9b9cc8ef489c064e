import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DroverError } from "../lib/error.ts";
import type { SecretRef } from "../model/secret.ts";

/**
 * A secret's value from a file beside the stack file. A file whose name ends in `.env` holds `NAME=value` lines;
 * any other is the value itself, without its last newline.
 */
const file = {
  name: "file",
  fits: (ref: SecretRef): boolean => ref.file !== undefined,
  value(ref: SecretRef, folder: string): string | undefined {
    const text = read(resolve(folder, ref.file ?? ""));
    if (text === undefined) return undefined;
    return /\.env$/.test(ref.file ?? "") ? lookUp(text, ref.secret) : text.replace(/\r?\n$/, "");
  },
};
export default file;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DroverError("SECRET_MISSING", `the secret file ${path} could not be read`, {
      where: { file: path },
      cause,
    });
  }
}

function lookUp(text: string, name: string): string | undefined {
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match?.[1] === name) return (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2");
  }
  return undefined;
}
