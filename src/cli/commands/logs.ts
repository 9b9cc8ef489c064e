import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

const { file, ...shared } = stackFlags;

export default defineCommand({
  name: "logs",
  aliases: [],
  summary: "Show what the apps print.",
  description:
    "With --json every line is an object with machine, app, process, stream and text. `-f` is short for --follow here.",
  args: [{ name: "app", summary: "Only this app." }],
  flags: {
    ...shared,
    file: { type: "text", value: file.value, summary: file.summary },
    on: partFlags.on,
    follow: { type: "boolean", short: "f", summary: "Go on with what is printed from now on, until Ctrl-C." },
    tail: { type: "count", short: "n", value: "LINES", default: 100, summary: "How many of the last lines." },
  },
  examples: [
    { command: "drover logs", does: "the last lines of all apps" },
    { command: "drover logs -f guestbook", does: "follow one app" },
  ],
  async run(context) {
    const { flags, io, signal } = context;
    const { open } = await import("../open.ts");
    const { appNamed } = await import("../named.ts");
    const { logLineText } = await import("../render/logs.ts");
    const work = await open(context);
    await work.hideAll();
    const app = context.args[0] === undefined ? undefined : appNamed(context.args[0], work.stack);
    if (flags.follow) io.live.stopping = "\n"; // Ctrl-C is how one ends it.
    await work.glance(async (emit) => {
      const options = { ...work.options, emit, follow: flags.follow, tail: flags.tail };
      for await (const line of work.drover.logs(work.stack, app, options)) {
        if (signal.aborted || io.isGone()) break;
        io.out(work.json ? `${JSON.stringify(line)}\n` : logLineText(line, work.style));
      }
    });
    return EXIT.done.code;
  },
});
