import { posix } from "node:path";
import { DroverError } from "../lib/error.ts";

interface Rule {
  readonly keeps: boolean;
  readonly matches: RegExp;
}

/** Decides by `.dockerignore` which paths are left out: the last rule that matches a path or a folder above it wins. */
export interface DockerIgnore {
  leavesOut(path: string): boolean;
  /** Some rule starts with `!`: a folder that is left out may still hold files that are not. */
  readonly keepsSome: boolean;
}

/** Reads the rules of a `.dockerignore`. They are Docker's, not git's: every pattern starts at the root. */
export function dockerIgnore(text: string): DockerIgnore {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap(parseLine);
  return { keepsSome: rules.some((rule) => rule.keeps), leavesOut: (path) => isLeftOut(rules, path) };
}

function isLeftOut(rules: readonly Rule[], path: string): boolean {
  const steps = path.split("/");
  const paths = steps.map((_, index) => steps.slice(0, index + 1).join("/"));
  let out = false;
  for (const rule of rules) {
    if (rule.keeps !== out) continue;
    if (paths.some((candidate) => rule.matches.test(candidate))) out = !rule.keeps;
  }
  return out;
}

function parseLine(line: string, index: number): Rule[] {
  if (line.startsWith("#")) return [];
  const trimmed = line.trim();
  const keeps = trimmed.startsWith("!");
  const text = keeps ? trimmed.slice(1).trim() : trimmed;
  if (text === "") {
    if (keeps) throw wrong(index, line, "nothing follows the `!`");
    return [];
  }
  const clean = posix.normalize(text).replace(/(?<=.)\/$/, "");
  const pattern = clean.length > 1 ? clean.replace(/^\/+/, "") : clean;
  return [{ keeps, matches: toRegExp(pattern, index, line) }];
}

/** `**` is any number of folders, `*` and `?` stay within one name, `[a-z]` is a class, `\` takes the next as it is. */
function toRegExp(pattern: string, index: number, line: string): RegExp {
  const parts = pattern.match(/\*\*\/?|\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|./gsu) ?? [];
  const source = parts.map((part, at) => {
    if (part.startsWith("**")) return at === parts.length - 1 ? ".*" : "(?:.*/)?";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 1 && part.startsWith("[")) return classOf(part);
    if (part === "[" || part === "\\") throw wrong(index, line, "the pattern is not whole");
    return literal(part.startsWith("\\") && part.length > 1 ? part.slice(1) : part);
  });
  try {
    return new RegExp(`^${source.join("")}$`, "su");
  } catch (cause) {
    throw wrong(index, line, "the pattern is not whole", cause);
  }
}

function classOf(part: string): string {
  const negated = part.startsWith("[^");
  const body = part
    .slice(negated ? 2 : 1, -1)
    .replace(/\\?(.)/gsu, (whole, char: string) => (whole === "-" ? "-" : /[\\\]^-]/.test(char) ? `\\${char}` : char));
  return `[${negated ? "^" : ""}${body}]`;
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

function wrong(index: number, line: string, why: string, cause?: unknown): DroverError {
  return new DroverError("BUILD_FAILED", `.dockerignore line ${index + 1}: ${why}: ${line.trim()}`, { cause });
}
