import type { z } from "zod";
import { DroverError } from "../lib/error.ts";

/** Refuses a resource's name that is none of its type, before anything is asked about it. */
export function checkName(type: string, schema: z.ZodType<string>, name: string): string {
  const result = schema.safeParse(name);
  if (result.success) return result.data;
  const why = result.error.issues[0]?.message ?? "it is not a name";
  throw new DroverError("CONFIG_INVALID", `${type} ${JSON.stringify(name)}: ${why}`, {
    where: { resource: `${type}:${name}` },
    hint: "correct the name in the stack file",
  });
}
