import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "releases",
  aliases: [],
  summary: "List the releases of the apps, newest first.",
  description: "The current one and those before it that are kept can be gone back to with `drover rollback`.",
  args: [{ name: "app", summary: "Only this app." }],
  flags: { ...stackFlags, on: partFlags.on },
  examples: [{ command: "drover releases guestbook", does: "of one app" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { appNamed } = await import("../named.ts");
    const work = await open(context);
    const name = context.args[0] === undefined ? undefined : appNamed(context.args[0], work.stack);
    const all = await work.glance((emit) => work.drover.releases(work.stack, { ...work.options, emit }));
    const entries = all.filter((entry) => name === undefined || entry.app === name);
    if (work.json) context.io.out(`${JSON.stringify(entries, null, 2)}\n`);
    else context.io.out((await import("../render/releases.ts")).releasesText(entries, work.style));
    return EXIT.done.code;
  },
});
