import { DroverError } from "../lib/error.ts";
import type { Planned } from "../model/change.ts";
import { keyOf, type Query } from "../model/query.ts";
import type { AnyResourceType } from "../model/resource.ts";
import type { Json } from "../model/secret.ts";

/** Outputs come into a spec when the stack file was checked already: a value that does not fit is told here. */
export function fitting(type: AnyResourceType, id: string, spec: Json): Json {
  const [issue] = type.schema.safeParse(spec).error?.issues ?? [];
  if (issue === undefined) return spec;
  const message = `${id}: ${issue.path.join(".")} cannot be what it refers to: ${issue.message}`;
  throw new DroverError("CONFIG_INVALID", message, {
    where: { resource: id },
    hint: "refer to another output, or write the value; what is known after apply only can be a text, not a number",
  });
}

/** Questions of a change that need more than their key to be asked again on the host. */
export function furtherQueries(
  type: AnyResourceType,
  wanted: { readonly name: string; readonly spec: Json | undefined },
  planned: Pick<Planned, "from" | "to">,
  owner: string,
): Query[] {
  const keys = new Set([...Object.keys(planned.from), ...Object.keys(planned.to)]);
  return type.query([wanted], owner).filter((query) => query.extra !== undefined && keys.has(keyOf(query)));
}
