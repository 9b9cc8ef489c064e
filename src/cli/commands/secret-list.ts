import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";
import { wantsColor } from "../io.ts";
import { theme } from "../render/theme.ts";

export default defineCommand({
  name: "secret list",
  aliases: [],
  summary: "Show the names of secrets, where each comes from and where it is used. Never a value.",
  description:
    "Those that the stack file names and those in the encrypted file. No program is run for it. Without a key to the\n" +
    "encrypted file it lists the others, and says so.",
  args: [],
  flags: { ...stackFlags },
  examples: [{ command: "drover secret list", does: "all of production" }],
  async run(context) {
    const { io, flags } = context;
    const { listSecrets } = await import("../secret/list.ts");
    const { secretsText } = await import("../render/secrets.ts");
    const listed = await listSecrets(context);
    if (flags.json) io.out(`${JSON.stringify(listed, null, 2)}\n`);
    else io.out(secretsText(listed, theme(wantsColor(io, flags["no-color"]))));
    return EXIT.done.code;
  },
});
