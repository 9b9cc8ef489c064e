import { existsSync, readFileSync } from "node:fs";
import { type LoadHookSync, type ResolveHookSync, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Makes this thread load a stack file as users expect: the file and its relative imports are ES modules with types
 * stripped, whatever the package.json beside them says; `drover` is the running one when the project has none.
 * Returns who tells which of the files was loaded last: the one that an error without a place is about.
 */
export function installHooks(stackUrl: string, droverUrl: string): () => string {
  const own = new Set([stackUrl]);
  let last = stackUrl;
  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (specifier === "drover")
      return { ...resolveDrover(() => next(specifier, context), droverUrl), shortCircuit: true };
    const url = ownUrl(specifier, context.parentURL);
    if (url === undefined) return next(specifier, context);
    own.add(url);
    const format = formatOf(url);
    return format === undefined ? next(specifier, context) : { url, format, shortCircuit: true };
  };
  /** The address of the stack file, or of a file that one of ours imports by its path. */
  const ownUrl = (specifier: string, parent = ""): string | undefined => {
    if (specifier === stackUrl) return stackUrl;
    if (!own.has(parent) || !/^\.{0,2}\//.test(specifier)) return undefined;
    const url = new URL(specifier, parent).href;
    return existsSync(fileURLToPath(url)) ? url : undefined;
  };
  const load: LoadHookSync = (url, context, next) => {
    if (own.has(url)) last = url;
    const format = own.has(url) ? formatOf(url) : undefined;
    return next(url, format === undefined ? context : { ...context, format });
  };
  registerHooks({ resolve, load });
  return () => last;
}

function resolveDrover(asInstalled: () => { readonly url: string }, droverUrl: string): { readonly url: string } {
  try {
    const { url } = asInstalled();
    // Within a checkout of Drover the name resolves to the checkout's own build, which need not be there or be new.
    const root = new URL("..", droverUrl).href;
    const ours = url.startsWith(root) && !url.startsWith(`${root}node_modules/`);
    return !ours && existsSync(fileURLToPath(url)) ? { url } : { url: droverUrl };
  } catch {
    // Not installed in the project: the usual case.
    return { url: droverUrl };
  }
}

function formatOf(url: string): string | undefined {
  if (/\.m?ts$/.test(url)) return "module-typescript";
  if (url.endsWith(".mjs")) return "module";
  return url.endsWith(".js") && isModule(readFileSync(fileURLToPath(url), "utf8")) ? "module" : undefined;
}

/** Whether JavaScript is written as an ES module: a file that assigns `module.exports` stays what it is. */
function isModule(source: string): boolean {
  return /^\s*(import|export)\b/m.test(source) || !/\bmodule\.exports\b|\bexports\./.test(source);
}
