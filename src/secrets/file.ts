import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DroverError } from "../lib/error.ts";
import { reason } from "../lib/reason.ts";
import type { SecretSource } from "../model/secret-source.ts";

/**
 * A secret's value from a file beside the stack file. A file whose name ends in `.env` holds `NAME=value` lines;
 * any other is the value itself, without its last newline.
 */
const file: SecretSource = {
  name: "file",
  rank: 0,
  takes: "nothing",
  fits: (request) => request.file !== undefined,
  open:
    ({ folder }) =>
    ({ name, file: path = "" }) => {
      const text = read(resolve(folder, path), path);
      const value = text !== undefined && /\.env$/.test(path) ? lookUp(text, name) : text?.replace(/\r?\n$/, "");
      if (value !== undefined) return { kind: "value", value };
      return text === undefined
        ? { kind: "none", why: `there is no file ${path}`, hint: `put it into the file ${path}` }
        : { kind: "none", why: `${path} has no line ${name}=...`, hint: `add the line to ${path}` };
    },
};
export default file;

function read(path: string, shown: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DroverError("SECRET_MISSING", `the secret file ${shown} could not be read: ${reason(cause)}`, {
      where: { file: path },
      hint: "make it a file that you may read",
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
