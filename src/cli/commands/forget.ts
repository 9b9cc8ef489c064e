import { defineCommand } from "../command.ts";
import { consentFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "forget",
  aliases: [],
  summary: "Let go of things without touching them.",
  description:
    "They stay on the machine as they are; this stack does not know them any more. What the file still names is planned\n" +
    "again by the next `plan`: take it out of the file, too.",
  args: [
    {
      name: "id",
      summary: "The thing as plans name it, `machine/type:name`; or a machine that left the file.",
      required: true,
      rest: true,
    },
  ],
  flags: { ...stackFlags, ...consentFlags },
  examples: [
    { command: "drover forget web/volume:data", does: "the volume stays, and is nobody's" },
    { command: "drover forget old-web", does: "a machine that left the file is let go as it is" },
  ],
  async run(context) {
    const { open } = await import("../open.ts");
    const { checkIds, idsNamed, isGoneMachine } = await import("../ids.ts");
    const work = await open(context);
    const ids = idsNamed(context.args, work.stack);
    checkIds(
      ids.filter((id) => !isGoneMachine(id, work.stack)),
      work.stack,
    );
    const plan = await work.watch((emit) =>
      work.drover.planOwnership(work.stack, "forget", ids, { ...work.options, emit }),
    );
    return (await import("../carry-out.ts")).carryOut(plan, "forget", context.flags, work);
  },
});
