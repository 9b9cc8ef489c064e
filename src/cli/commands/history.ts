import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "history",
  aliases: [],
  summary: "Show what was done on the machines, by whom and when.",
  description: "Read from the journals that the machines keep. `--json` prints every line of them.",
  args: [{ name: "machine", summary: "Only this machine or group." }],
  flags: { ...stackFlags },
  examples: [{ command: "drover history web", does: "of one machine or group" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { targetNamed } = await import("../named.ts");
    const work = await open(context);
    await work.hideAll();
    const target = targetNamed(context.args[0], work.stack);
    const on = target === undefined ? {} : { on: [target] };
    const histories = await work.glance((emit) => work.drover.history(work.stack, { ...work.options, ...on, emit }));
    if (work.json) context.io.out(`${JSON.stringify(histories, null, 2)}\n`);
    else context.io.out((await import("../render/history.ts")).historyText(histories, work.style));
    return EXIT.done.code;
  },
});
