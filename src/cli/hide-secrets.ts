import { DroverError } from "../lib/error.ts";
import { type SecretValues, secretsIn } from "../model/secret.ts";
import type { Stack } from "../model/stack.ts";
import type { Io } from "./io.ts";

/** What is known of secrets here is never shown, wherever it might turn up. */
export function hideSecrets(stack: Stack, secrets: SecretValues, io: Io): void {
  for (const name of secretsIn([stack.apps, stack.resources, stack.machines]).keys()) {
    try {
      const value = secrets(name);
      if (value !== undefined) io.mask.add(name, value);
    } catch (error) {
      // A source that cannot be read is told about when the value is needed.
      if (!DroverError.is(error)) throw error;
    }
  }
}
