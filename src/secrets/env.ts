import type { SecretSource } from "../model/secret-source.ts";

/** A secret's value from the environment variable of its name. An empty one counts as not set: so CI gives those it lacks. */
const env: SecretSource = {
  name: "env",
  rank: 1,
  takes: "nothing",
  fits: ({ file, command }) => file === undefined && command === undefined,
  open:
    ({ env: variables }) =>
    ({ name }) => {
      const value = variables[name];
      if (value !== undefined && value !== "") return { kind: "value", value };
      return { kind: "none", why: "", hint: `set it in the environment: export ${name}=...` };
    },
};
export default env;
