import type { z } from "zod";
import type { Json } from "../model/secret.ts";
import type { declaredSchema } from "../model/stack.ts";

/** What may be said of any resource. */
export interface ResourceOptions {
  /** `type:name` of resources of this machine that come first, such as `package:nginx`. */
  readonly needs?: readonly string[];
  /** Its earlier name. */
  readonly was?: string;
  /** Never removed by Drover, whatever leaves the file. */
  readonly protect?: boolean;
}

/** What these functions give: a resource that waits for its machine. */
export type DeclaredInput = z.input<typeof declaredSchema>;

/** Declares a resource of any type; the functions beside this one do, each for its type. @internal */
export function declare(type: string, name: string, spec: object, options: ResourceOptions): DeclaredInput {
  const { needs, was, protect } = options;
  const at = callSite(new Error().stack ?? "");
  return {
    type,
    name,
    // Plain fields, of texts, numbers and lists only; they are checked when the file is loaded.
    spec: spec as Json,
    ...(needs === undefined ? {} : { needs: [...needs] }),
    ...(was === undefined ? {} : { was }),
    ...(protect === undefined ? {} : { protect }),
    ...(at === undefined ? {} : { at }),
  };
}

/** The folder of these functions, in the source or in the package. */
const OWN = import.meta.url.slice(0, import.meta.url.lastIndexOf("/") + 1);

/** `path:line` of the first caller that is not one of ours, from the text of a V8 stack trace. Pure. @internal */
export function callSite(stack: string, own: string = OWN): string | undefined {
  for (const [, url = "", line = ""] of stack.matchAll(/(file:\/\/[^\s)?]+?)(?:\?[^\s):]*)?:(\d+):\d+\)?$/gm)) {
    if (!url.startsWith(own)) return `${decodeURIComponent(url.slice("file://".length))}:${line}`;
  }
  return undefined;
}
