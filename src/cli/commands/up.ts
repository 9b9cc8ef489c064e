import { defineCommand } from "../command.ts";
import { consentFlags, partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "up",
  aliases: ["deploy", "apply"],
  summary: "Make it so: plan, ask, apply, prove.",
  description:
    "Shows the plan, asks, applies it, and tells done only after it was seen. Run again, it finds nothing to do.\n" +
    "Given a plan file it runs that plan, or what of it is still needed, and stops at anything more.",
  args: [{ name: "plan-file", summary: "A plan that `drover plan --out` kept." }],
  flags: {
    ...stackFlags,
    ...partFlags,
    ...consentFlags,
    lift: { type: "boolean", summary: "Lift the pins that rollbacks have set, after asking." },
    "refresh-base": {
      type: "boolean",
      summary:
        "Build on a base that is asked for anew: security updates come in. Else a release keeps the one that was found.",
    },
    "allow-stale": {
      type: "boolean",
      summary: "Plan deletions although this checkout does not come after the commit that was applied last.",
    },
  },
  examples: [
    { command: "drover up", does: "plan, ask, apply" },
    { command: "drover up --yes", does: "without asking, as in CI" },
    { command: "drover up --on web", does: "one machine only" },
    { command: "drover up next.json", does: "the plan that was kept, nothing else" },
  ],
  async run(context) {
    const { flags, args } = context;
    const { open } = await import("../open.ts");
    const work = await open(context);
    const [file] = args;
    const plan = await work.watch(async (emit) => {
      if (file === undefined)
        return work.drover.plan(work.stack, {
          ...work.options,
          emit,
          lift: flags.lift,
          refreshBase: flags["refresh-base"],
          allowStale: flags["allow-stale"],
        });
      const kept = (await import("../plan-file.ts")).readPlan(file, work.stack, work.io);
      emit({ event: "planned", plan: kept });
      return kept;
    });
    return (await import("../carry-out.ts")).carryOut(plan, "up", flags, work);
  },
});
