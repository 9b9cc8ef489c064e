import type { SecretRef } from "../model/secret.ts";

/** A secret's value from the environment variable of its name. */
const env = {
  name: "env",
  fits: (ref: SecretRef): boolean => ref.file === undefined,
  value: (ref: SecretRef, _folder: string, environment: NodeJS.ProcessEnv): string | undefined =>
    environment[ref.secret],
};
export default env;
