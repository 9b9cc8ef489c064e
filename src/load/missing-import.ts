import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DroverError } from "../lib/error.ts";
import { displayPath } from "./find.ts";

/** An import that leads nowhere, as Node tells it. */
export interface MissingImport {
  readonly kind: "module" | "package";
  /** The path it was resolved to, or the package's name. */
  readonly wanted: string;
  /** The file that imports it. */
  readonly by: string;
}

/** Reads Node's message; undefined where it is about something else. */
export function missingImport(message: string): MissingImport | undefined {
  const match = /^Cannot find (module|package) '(.+)' imported from (.+)$/m.exec(message);
  if (match === null) return undefined;
  const [, kind, wanted = "", by = ""] = match;
  return { kind: kind === "package" ? "package" : "module", wanted, by };
}

/** Says which import of which file leads nowhere, and what to do. */
export function explainMissing(missing: MissingImport, cwd: string): DroverError {
  const { kind, wanted, by } = missing;
  const file = displayPath(by, cwd);
  const text =
    kind === "package"
      ? `imports the package ${wanted}, which is not installed`
      : `imports ${displayPath(wanted, cwd)}, which is not there`;
  return new DroverError("CONFIG_INVALID", `${file} ${text}`, {
    where: { file: `${file}${placeIn(missing)}` },
    hint: kind === "package" ? `npm install ${wanted}` : fileHint(wanted),
  });
}

/** `:line:column` of the import's text in its file; empty where it is not to be found, as with a computed one. */
function placeIn({ kind, wanted, by }: MissingImport): string {
  const isIt = (text: string): boolean =>
    kind === "package"
      ? text === wanted || text.startsWith(`${wanted}/`)
      : text.startsWith(".") && resolve(dirname(by), text) === wanted;
  for (const [index, line] of readLines(by).entries()) {
    for (const match of line.matchAll(/(["'])([^"']+)\1/g)) {
      if (isIt(match[2] ?? "")) return `:${index + 1}:${match.index + 1}`;
    }
  }
  return "";
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return []; // Gone meanwhile: then the file's name has to do.
  }
}

function fileHint(path: string): string {
  const bare = path.replace(/\.[cm]?js$/, "");
  const found = [".ts", ".mts", ".js", ".mjs"].find((extension) => existsSync(bare + extension));
  return found === undefined
    ? "correct the path of the import"
    : `imports name the file with its extension: ${bare.slice(bare.lastIndexOf("/") + 1)}${found}`;
}
