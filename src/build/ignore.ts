import ignore, { type Ignore } from "ignore";
import { dockerIgnore } from "./dockerignore.ts";

/** Never part of an app: history, what an install makes anew, and our own cache. */
const NEVER: ReadonlySet<string> = new Set([".git", "node_modules", ".drover"]);

/** Which paths of a source folder are left out. */
export interface IgnoreRules {
  /** Whether a file, or a folder with all that is in it, is left out. */
  leavesOut(path: string, folder: boolean): boolean;
  /** Whether folders have rule files of their own that must be given to `within`. */
  readonly nested: boolean;
  /** The rules that hold inside a folder whose own rule file says `text`. */
  within(folder: string, text: string): IgnoreRules;
}

/** The rules of a folder: `.dockerignore` decides alone if it is there, else every `.gitignore` does. */
export function ignoreRules(files: { readonly dockerignore?: string | undefined }): IgnoreRules {
  return files.dockerignore === undefined ? gitRules(newIgnore()) : dockerRules(files.dockerignore);
}

function dockerRules(text: string): IgnoreRules {
  const rules = dockerIgnore(text);
  const self: IgnoreRules = {
    nested: false,
    leavesOut: (path, folder) => isNever(path) || (!(folder && rules.keepsSome) && rules.leavesOut(path)),
    within: () => self,
  };
  return self;
}

function gitRules(rules: Ignore): IgnoreRules {
  return {
    nested: true,
    leavesOut: (path, folder) => isNever(path) || rules.ignores(bytes(folder ? `${path}/` : path)),
    within: (folder, text) =>
      gitRules(
        newIgnore()
          .add(rules)
          .add(rebase(bytes(text), bytes(folder))),
      ),
  };
}

function newIgnore(): Ignore {
  return ignore({ ignorecase: false });
}

// To git a `?` is one byte. As characters of one byte each, names match as git matches them.
function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function isNever(path: string): boolean {
  return NEVER.has(path.slice(path.lastIndexOf("/") + 1));
}

/** The rules of a `.gitignore` in `folder`, said as the root's would say them, so that one list keeps git's order. */
function rebase(text: string, folder: string): string[] {
  const lines = text
    .replace(/^\u00EF\u00BB\u00BF/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  if (folder === "") return lines;
  const prefix = folder.replace(/[\\*?[\]!# ]/g, "\\$&");
  return lines.flatMap((line) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const keeps = line.startsWith("!");
    const pattern = keeps ? line.slice(1) : line.replace(/^\\(?=[!#])/, "");
    const anchored = pattern.replace(/\/?\s*$/, "").includes("/");
    return [`${keeps ? "!" : ""}/${prefix}/${anchored ? pattern.replace(/^\//, "") : `**/${pattern}`}`];
  });
}
