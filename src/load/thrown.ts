import { fileURLToPath } from "node:url";
import * as library from "../index.ts";
import { DroverError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { displayPath } from "./find.ts";
import type { Thrown } from "./message.ts";
import { explainMissing, missingImport } from "./missing-import.ts";

/** Says what went wrong when a stack file did not load, in words for the one who wrote it. */
export function explainThrown(thrown: Thrown, file: string, cwd: string, who = "the stack file"): DroverError {
  const missing = missingImport(thrown.message);
  if (missing !== undefined) return explainMissing(missing, cwd);
  const syntax = thrown.name === "SyntaxError" && thrown.stack.startsWith("file:");
  const evidence = syntax ? excerptOf(thrown.stack) : [];
  const at = placeOf(thrown.stack, cwd, syntax ? columnOf(evidence) : undefined);
  return new DroverError("CONFIG_INVALID", messageOf(thrown, who), {
    where: { file: at ?? displayPath(file, cwd) },
    evidence,
    hint: hintOf(thrown),
  });
}

function messageOf(thrown: Thrown, who: string): string {
  const first = thrown.message.split("\n")[0] ?? "";
  if (thrown.code === "ERR_WORKER_OUT_OF_MEMORY") return "the stack file used up all memory it may have";
  const unknown = unknownExport(thrown.message);
  if (unknown !== undefined) {
    const meant = nearest(unknown, Object.keys(library));
    return `\`drover\` exports no ${unknown}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  }
  if (thrown.name === "SyntaxError") return `syntax error: ${first}`;
  return `${who} threw: ${thrown.message}`;
}

function hintOf(thrown: Thrown): string {
  if (thrown.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return "types are stripped, not compiled: use plain objects and unions in place of enum, namespace and the like";
  }
  if (thrown.code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING")
    return "what lies under node_modules is JavaScript: a package of roles publishes what the compiler makes of it";
  if (unknownExport(thrown.message) !== undefined)
    return `it exports ${Object.keys(library).sort().join(", ")}; types are imported by \`import type\``;
  return "correct the file and run the command again; nothing was touched";
}

function unknownExport(message: string): string | undefined {
  return /^The requested module 'drover' does not provide an export named '([^']+)'/.exec(message)?.[1];
}

/** `file:line:column` of the first place in a stack trace that is not Node's or ours. */
function placeOf(stack: string, cwd: string, shownColumn: number | undefined): string | undefined {
  for (const match of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/g)) {
    const [, url = "", line = "", column = shownColumn] = match;
    if (url.startsWith(new URL(".", import.meta.url).href)) continue;
    const place = `${displayPath(fileURLToPath(url), cwd)}:${line}`;
    return column === undefined ? place : `${place}:${column}`;
  }
  return undefined;
}

/** The column that the marks below a source line begin at. */
function columnOf(excerpt: readonly string[]): number | undefined {
  const marks = excerpt.find((line) => /^\s*\^+\s*$/.test(line));
  return marks === undefined ? undefined : marks.indexOf("^") + 1;
}

/** The source lines that Node shows above a syntax error. */
function excerptOf(stack: string): string[] {
  const lines = stack.split("\n").slice(1);
  const end = lines.findIndex((line) => /^\w*Error\b/.test(line));
  return lines.slice(0, Math.max(0, end)).filter((line) => line.trim() !== "");
}
