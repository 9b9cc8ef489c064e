import { defineCommand } from "../command.ts";
import { consentFlags, partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "down",
  aliases: ["destroy"],
  summary: "Remove the stack's apps and resources, and nothing else.",
  description:
    "Volumes stay unless --allow-delete. The container engine, the router and the journal stay unless --purge, and in any\n" +
    "case while anybody else uses them. What was there before Drover is never removed.",
  args: [],
  flags: {
    ...stackFlags,
    on: partFlags.on,
    ...consentFlags,
    purge: { type: "boolean", summary: "Also remove what Drover brought: container engine, router, journal." },
  },
  examples: [
    { command: "drover down", does: "apps and resources go, data stays" },
    { command: "drover down --allow-delete --purge", does: "leave nothing of ours" },
  ],
  async run(context) {
    const { open } = await import("../open.ts");
    const work = await open(context);
    const { purge, "allow-delete": allowDelete } = context.flags;
    const plan = await work.watch((emit) =>
      work.drover.planDown(work.stack, { ...work.options, emit, purge, allowDelete }),
    );
    return (await import("../carry-out.ts")).carryOut(plan, "down", context.flags, work);
  },
});
