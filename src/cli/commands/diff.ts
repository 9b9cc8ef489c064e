import type { Stack } from "../../model/stack.ts";
import type { Context } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";
import { wantsColor } from "../io.ts";
import { usage } from "../parse.ts";
import { theme } from "../render/theme.ts";

const { env: _, ...flags } = stackFlags;

export default defineCommand({
  name: "diff",
  aliases: [],
  summary: "Show where two environments differ in kind. Asks no machine.",
  description:
    "Reads the stack file once for each environment and compares machines, groups, resources and apps by their names.\n" +
    "Machines with other keys are compared by the groups that both have. Facts are those of a plain Debian. Values of\n" +
    "secrets and contents of files are not shown. What would change on machines is shown by `drover plan`.",
  args: [
    { name: "from", summary: "An environment." },
    { name: "to", summary: "Another one." },
  ],
  flags: {
    ...flags,
    "detailed-exitcode": { type: "boolean", summary: "Exit with 2 when they differ." },
  },
  examples: [
    { command: "drover diff staging production", does: "what production has that staging has not been tried with" },
  ],
  async run(context) {
    const { args, io } = context;
    const [from, to] = args;
    if (from === undefined || to === undefined) {
      throw usage("which two environments?", "drover diff staging production; what would change: drover plan");
    }
    const [before, after] = await Promise.all([load(context, from), load(context, to)]);
    const { compareStacks } = await import("../../model/compare/compare.ts");
    const found = io.mask.data(compareStacks(before, after));
    if (context.flags.json) io.out(`${JSON.stringify({ from, to, differences: found }, null, 2)}\n`);
    else {
      const { differenceText } = await import("../render/diff.ts");
      io.out(differenceText(found, { from, to }, theme(wantsColor(io, context.flags["no-color"]))));
    }
    return context.flags["detailed-exitcode"] && found.length > 0 ? EXIT.changes.code : EXIT.done.code;
  },
});

async function load({ io, signal, flags: given }: Context<typeof flags>, environment: string): Promise<Stack> {
  const { loadStack } = await import("../../load/load.ts");
  const { schemasOf } = await import("../../load/schemas.ts");
  const { resources, providers, secrets: sources } = await import("../../registry.ts");
  const { secretValues } = await import("../../drover/secret-values.ts");
  const schemas = schemasOf(resources, providers);
  const stack = await loadStack(given.file, { environment, cwd: io.cwd, schemas, signal, print: io.err });
  // What somebody wrote out that is a secret elsewhere is not shown, either.
  const secrets = secretValues(stack, { sources, env: io.env, onValue: (name, value) => io.mask.add(name, value) });
  await secrets.hide(["nothing"], signal);
  return stack;
}
