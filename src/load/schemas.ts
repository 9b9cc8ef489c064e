import type { Provider } from "../model/provider.ts";
import type { AnyResourceType } from "../model/resource.ts";
import type { Schemas } from "./validate.ts";

/** The schemas of what is on the shelves. */
export function schemasOf(resources: readonly AnyResourceType[], providers: readonly Provider[]): Schemas {
  return {
    resources: Object.fromEntries(resources.map(({ type, schema }) => [type, schema])),
    providers: Object.fromEntries(providers.map(({ name, schema }) => [name, schema])),
  };
}
