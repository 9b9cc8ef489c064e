import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "status",
  aliases: ["ps"],
  summary: "Show what runs where, and what is not as the file says.",
  description: "Exits with 1 when a machine cannot be reached.",
  args: [],
  flags: { ...stackFlags, on: partFlags.on },
  examples: [{ command: "drover status", does: "all machines" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const work = await open(context);
    const hosts = await work.glance((emit) => work.drover.status(work.stack, { ...work.options, emit }));
    if (work.json) context.io.out(`${JSON.stringify(hosts, null, 2)}\n`);
    else context.io.out((await import("../render/status.ts")).statusText(hosts, work.style));
    return hosts.every((host) => host.reachable) ? EXIT.done.code : EXIT.failed.code;
  },
});
