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
  return {
    type,
    name,
    // Plain fields, of texts, numbers and lists only; they are checked when the file is loaded.
    spec: spec as Json,
    ...(needs === undefined ? {} : { needs: [...needs] }),
    ...(was === undefined ? {} : { was }),
    ...(protect === undefined ? {} : { protect }),
  };
}
