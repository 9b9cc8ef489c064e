import { type SecretRef, type SecretValues, secretsIn } from "../model/secret.ts";
import type { Stack } from "../model/stack.ts";

/** Where secrets come from: the first source that fits a reference answers it. */
export interface SecretSource {
  readonly name: string;
  fits(ref: SecretRef): boolean;
  value(ref: SecretRef, folder: string, environment: NodeJS.ProcessEnv): string | undefined;
}

/** The values of a stack's secrets, read when they are first asked for and never kept anywhere else. */
export function secretValues(
  stack: Stack,
  sources: readonly SecretSource[],
  environment: NodeJS.ProcessEnv,
): SecretValues {
  const refs = secretsIn([stack.apps, stack.resources, stack.machines]);
  const values = new Map<string, string | undefined>();
  return (name) => {
    if (!values.has(name)) {
      const ref = refs.get(name) ?? { secret: name };
      const source = sources.find((one) => one.fits(ref));
      values.set(name, source?.value(ref, stack.folder, environment));
    }
    return values.get(name);
  };
}
