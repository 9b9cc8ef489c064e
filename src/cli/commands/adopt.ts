import { defineCommand } from "../command.ts";
import { consentFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "adopt",
  aliases: [],
  summary: "Take over things that are there and not ours yet.",
  description:
    "Exclusive things such as containers, volumes and routes are refused while they are foreign. After `adopt` they are\n" +
    "ours: changed to what the file says, and removed when they leave it.",
  args: [
    {
      name: "id",
      summary: "The thing as plans name it: `machine/type:name`; a group in place of the machine is every one in it.",
      required: true,
      rest: true,
    },
  ],
  flags: { ...stackFlags, ...consentFlags },
  examples: [{ command: "drover adopt web/volume:data", does: "the volume belongs to this stack from now on" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { checkIds, idsNamed } = await import("../ids.ts");
    const work = await open(context);
    const ids = idsNamed(context.args, work.stack);
    checkIds(ids, work.stack);
    const plan = await work.watch((emit) =>
      work.drover.planOwnership(work.stack, "adopt", ids, { ...work.options, emit }),
    );
    return (await import("../carry-out.ts")).carryOut(plan, "adopt", context.flags, work);
  },
});
