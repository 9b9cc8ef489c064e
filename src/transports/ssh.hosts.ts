import { globSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { matchesGlob } from "../model/glob.ts";

/** As deep as ssh itself follows Include. */
const DEEPEST = 16;

/** Which names a file that is included within a block may be about: those that its `Host` line is about, too. */
type Within = ReadonlyArray<readonly string[]>;

/** The names that an ssh config gives to hosts, one list a `Host` line, without patterns. Reads what it includes, too. */
export function configuredHosts(file: string, home: string): string[][] {
  return readHosts(file, home, [], 0).filter((names) => names.length > 0);
}

function readHosts(file: string, home: string, within: Within, depth: number): string[][] {
  if (depth > DEEPEST) throw new Error(`${file} is included more than ${DEEPEST} files deep`);
  const found: string[][] = [];
  // Undefined within a `Match`: whom it is about is known only when ssh connects.
  let block: readonly string[] | undefined = ["*"];
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    const [keyword = "", ...words] = wordsOf(line);
    switch (keyword.toLowerCase()) {
      case "host":
        block = words;
        found.push(words.filter((name) => isName(name) && within.every((patterns) => isAbout(name, patterns))));
        break;
      case "match":
        block = undefined;
        break;
      case "include":
        if (block === undefined) break;
        for (const path of includedFiles(words, home))
          found.push(...readHosts(path, home, [...within, block], depth + 1));
        break;
      default:
    }
  }
  return found;
}

/** The keyword and its arguments: with a space or a `=` between, with or without quotes, up to a comment. */
function wordsOf(line: string): string[] {
  const words = [
    ...line
      .trim()
      .replace(/^(\w+)\s*=\s*/, "$1 ")
      .matchAll(/"([^"]*)"|(\S+)/g),
  ];
  const texts = words.map((word) => word[1] ?? word[2] ?? "");
  const comment = texts.findIndex((text) => text.startsWith("#"));
  return comment === -1 ? texts : texts.slice(0, comment);
}

function isName(text: string): boolean {
  return text !== "" && !/[*?!]/.test(text);
}

function isAbout(name: string, patterns: readonly string[]): boolean {
  const refused = patterns.some((pattern) => pattern.startsWith("!") && matchesGlob(name, pattern.slice(1)));
  return !refused && patterns.some((pattern) => matchesGlob(name, pattern));
}

/** Relative paths are below ~/.ssh, as for ssh. */
function includedFiles(patterns: readonly string[], home: string): string[] {
  return patterns.flatMap((pattern) => {
    const path = pattern.startsWith("~/") ? join(home, pattern.slice(2)) : pattern;
    return globSync(isAbsolute(path) ? path : join(home, ".ssh", path)).sort();
  });
}
