import { DroverError } from "../lib/error.ts";
import type { Provider } from "../model/provider.ts";
import type { AnyResourceType } from "../model/resource.ts";
import type { Schemas } from "./validate.ts";

/** The schemas of what is on the shelves. */
export function schemasOf(resources: readonly AnyResourceType[], providers: readonly Provider[]): Schemas {
  return {
    resources: Object.fromEntries(resources.map(({ type, schema }) => [type, schema])),
    names: Object.fromEntries(resources.map((type) => [type.type, (name) => wrongName(type, name)])),
    providers: Object.fromEntries(providers.map(({ name, schema }) => [name, schema])),
  };
}

/** A type says what it thinks of a name when it is to make questions about it, which touches nothing. */
function wrongName(type: AnyResourceType, name: string): string | undefined {
  try {
    type.query([{ name, spec: undefined }], "");
    return undefined;
  } catch (error) {
    if (DroverError.is(error)) return error.message;
    throw error;
  }
}
