import { defineCommand } from "../command.ts";
import { consentFlags, partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "rollback",
  aliases: [],
  summary: "Put an app back to an earlier release, and pin it there.",
  description:
    "Image, environment, processes and routes go back together. The pin is recorded on the machines: `plan` shows it,\n" +
    "and `up` leaves the app as it is until `drover up --lift`.",
  args: [
    { name: "app", summary: "The app; may be left out where there is only one." },
    { name: "release", summary: "The release as `drover releases` shows it; default the one before." },
  ],
  flags: { ...stackFlags, on: partFlags.on, ...consentFlags },
  examples: [
    { command: "drover rollback", does: "the only app, to the release before" },
    { command: "drover rollback guestbook 3fa2c1d0", does: "to that release" },
  ],
  async run(context) {
    const { open } = await import("../open.ts");
    const { appNamed } = await import("../named.ts");
    const work = await open(context);
    const [name, release] = context.args;
    const app = appNamed(name, work.stack);
    const plan = await work.watch((emit) =>
      work.drover.planRollback(work.stack, app, release, { ...work.options, emit }),
    );
    return (await import("../carry-out.ts")).carryOut(plan, "rollback", context.flags, work);
  },
});
