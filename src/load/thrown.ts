import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DroverError } from "../lib/error.ts";
import { displayPath } from "./find.ts";
import type { Thrown } from "./message.ts";

/** Says what went wrong when a stack file did not load, in words for the one who wrote it. */
export function explainThrown(thrown: Thrown, file: string, cwd: string): DroverError {
  const at = placeOf(thrown.stack, cwd);
  const where = { file: at ?? displayPath(file, cwd) };
  const syntax = thrown.name === "SyntaxError" && thrown.stack.startsWith("file:");
  const evidence = syntax ? excerptOf(thrown.stack) : [];
  return new DroverError("CONFIG_INVALID", messageOf(thrown, cwd), { where, evidence, hint: hintOf(thrown) });
}

function messageOf(thrown: Thrown, cwd: string): string {
  const first = thrown.message.split("\n")[0] ?? "";
  if (thrown.code === "ERR_WORKER_OUT_OF_MEMORY") return "the stack file used up all memory it may have";
  const missing = /^Cannot find (?:module|package) '(.+)' imported from (.+)$/.exec(first);
  if (missing !== null)
    return `${displayPath(missing[1] ?? "", cwd)} is not there, imported from ${displayPath(missing[2] ?? "", cwd)}`;
  if (thrown.name === "SyntaxError") return `syntax error: ${first}`;
  return `the stack file threw: ${thrown.message}`;
}

function hintOf(thrown: Thrown): string {
  if (thrown.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return "types are stripped, not compiled: use plain objects and unions in place of enum, namespace and the like";
  }
  const missing = /^Cannot find module '([^']+)'/.exec(thrown.message)?.[1];
  if (missing !== undefined) return missingFileHint(missing);
  const absent = /^Cannot find package '([^']+)'/.exec(thrown.message)?.[1];
  if (absent !== undefined) return `npm install ${absent}`;
  if (/requested module 'drover' does not provide/.test(thrown.message))
    return "docs/config.md lists what `drover` exports";
  return "correct the file and run the command again";
}

function missingFileHint(path: string): string {
  const bare = path.replace(/\.[cm]?js$/, "");
  const found = [".ts", ".mts", ".js", ".mjs"].find((extension) => existsSync(bare + extension));
  return found === undefined
    ? "correct the path of the import"
    : `imports name the file with its extension: ${bare.slice(bare.lastIndexOf("/") + 1)}${found}`;
}

/** `file:line` of the first place in a stack trace that is not Node's or ours. */
function placeOf(stack: string, cwd: string): string | undefined {
  for (const match of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/g)) {
    const [, url = "", line = ""] = match;
    if (url.startsWith(new URL(".", import.meta.url).href)) continue;
    return `${displayPath(fileURLToPath(url), cwd)}:${line}`;
  }
  return undefined;
}

/** The source lines that Node shows above a syntax error. */
function excerptOf(stack: string): string[] {
  const lines = stack.split("\n").slice(1);
  const end = lines.findIndex((line) => /^\w*Error\b/.test(line));
  return lines.slice(0, Math.max(0, end)).filter((line) => line.trim() !== "");
}
