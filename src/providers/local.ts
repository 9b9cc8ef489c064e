import { z } from "zod";
import type { Provider } from "../model/provider.ts";

/** Options of `local()`. */
export const localSchema = z.strictObject({
  sudo: z
    .boolean()
    .default(true)
    .describe("Become root through sudo where the user is not root; `false` works as that user. Default true."),
});

/** The machine that Drover itself runs on. */
const local: Provider = {
  name: "local",
  title: "The machine that Drover runs on.",
  schema: localSchema,
  reach(machine, spec) {
    const { provider: _, was: __, ...options } = spec;
    return { transport: "local", machine, address: "127.0.0.1", options: localSchema.parse(options) };
  },
};
export default local;
