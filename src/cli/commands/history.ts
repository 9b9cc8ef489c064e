import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "history",
  aliases: [],
  summary: "Show what was done on the machines, by whom and when.",
  description: "Read from the journals that the machines keep. `--json` prints every line of them.",
  args: [{ name: "machine", summary: "Only this machine." }],
  flags: { ...stackFlags },
  examples: [{ command: "drover history web", does: "of one machine" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { machineNamed } = await import("../named.ts");
    const work = await open(context);
    await work.hideAll();
    const machine = machineNamed(context.args[0], work.stack);
    const on = machine === undefined ? {} : { on: [machine] };
    const histories = await work.glance((emit) => work.drover.history(work.stack, { ...work.options, ...on, emit }));
    if (work.json) context.io.out(`${JSON.stringify(histories, null, 2)}\n`);
    else context.io.out((await import("../render/history.ts")).historyText(histories, work.style));
    return EXIT.done.code;
  },
});
