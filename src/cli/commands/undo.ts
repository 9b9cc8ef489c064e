import { defineCommand } from "../command.ts";
import { consentFlags, partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "undo",
  aliases: [],
  summary: "Put a machine back to what an earlier run left there.",
  description:
    "Files come back byte for byte from what the machine kept of them, those with secrets from their references; users,\n" +
    "packages, services and the rest to the state that the journal has of them. What cannot come back whole is said before.\n" +
    "What was put back is held so: `plan` shows it, and `up` leaves it until `drover up --lift`. Apps go back with `rollback`.",
  args: [{ name: "machine", summary: "The machine; may be left out where there is only one." }],
  flags: {
    ...stackFlags,
    to: {
      type: "text",
      value: "RUN",
      summary: "The run to go back to, by its number in `drover history`; default the one before the last change.",
    },
    only: { ...partFlags.only, value: "ID", summary: "Only this `type:name`; may be given several times." },
    ...consentFlags,
  },
  examples: [
    { command: "drover undo web", does: "the last run that changed something there" },
    { command: "drover undo web --to 12", does: "everything after run 12" },
    { command: "drover undo web --only file:/etc/motd", does: "that file alone" },
  ],
  async run(context) {
    const { open } = await import("../open.ts");
    const { onlyMachine } = await import("../named.ts");
    const work = await open(context);
    const machine = onlyMachine(context.args[0], work.stack);
    const { to } = context.flags;
    const plan = await work.watch((emit) => work.drover.planUndo(work.stack, machine, to, { ...work.options, emit }));
    return (await import("../carry-out.ts")).carryOut(plan, "undo", context.flags, work);
  },
});
