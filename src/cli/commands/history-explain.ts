import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "history explain",
  aliases: [],
  summary: "Tell who made a thing what it is: when, with which run, from what to what.",
  description: "Read from the journals that the machines keep; the same holds for what other stacks did there.",
  args: [{ name: "thing", summary: "A path, a unit, a user ... or `type:name` as in a plan.", required: true }],
  flags: { ...stackFlags, on: partFlags.on },
  examples: [
    { command: "drover history explain /etc/nginx/nginx.conf", does: "on all machines" },
    { command: "drover history explain user:ann --on web", does: "of one machine" },
  ],
  async run(context) {
    const { open } = await import("../open.ts");
    const { explain } = await import("../../model/explain.ts");
    const { usage } = await import("../parse.ts");
    const [thing = ""] = context.args;
    const work = await open(context);
    await work.hideAll();
    const histories = await work.glance((emit) => work.drover.history(work.stack, { ...work.options, emit }));
    const told = histories.map(({ machine, lines }) => ({ machine, deeds: explain(thing, lines) }));
    if (work.json) context.io.out(`${JSON.stringify(told, null, 2)}\n`);
    else if (told.every(({ deeds }) => deeds.length === 0)) {
      throw usage(`no run ever touched ${thing}`, "name it as the plan does, or by its whole path: drover history");
    } else context.io.out((await import("../render/explain.ts")).explainText(told, work.style));
    return EXIT.done.code;
  },
});
