import { isEmpty } from "../../model/plan.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "plan",
  aliases: [],
  summary: "Show what would change. Changes nothing.",
  description:
    "Reads every machine of the stack and compares it with the file. What `up` runs is what is shown here, or less\n" +
    "where some of it was done meanwhile. `--json` prints the plan as one JSON document.",
  args: [],
  flags: {
    ...stackFlags,
    ...partFlags,
    out: { type: "text", short: "o", value: "PATH", summary: "Keep the plan in this file, for `drover up PATH`." },
    "detailed-exitcode": { type: "boolean", summary: "Exit with 2 when there is something to do." },
    "refresh-base": {
      type: "boolean",
      summary:
        "Build on a base that is asked for anew: security updates come in. Else a release keeps the one that was found.",
    },
    lift: { type: "boolean", summary: "Plan what the file says although a rollback has pinned an earlier release." },
    "allow-stale": {
      type: "boolean",
      summary: "Plan deletions although this checkout does not come after the commit that was applied last.",
    },
  },
  examples: [
    { command: "drover plan", does: "all of it" },
    { command: "drover plan --on web --only guestbook", does: "one app on one machine" },
    { command: "drover plan --out next.json && drover up next.json", does: "look at it first, run exactly that later" },
  ],
  async run(context) {
    const { flags, io } = context;
    const { open } = await import("../open.ts");
    const work = await open(context);
    const plan = await work.glance((emit) =>
      work.drover.plan(work.stack, {
        ...work.options,
        emit,
        lift: flags.lift,
        refreshBase: flags["refresh-base"],
        allowStale: flags["allow-stale"],
      }),
    );
    if (flags.json) io.out(`${JSON.stringify(plan, null, 2)}\n`);
    else io.out((await import("../render/plan.ts")).planText(plan, work.style));
    if (plan.problems.length > 0 || plan.unreached !== undefined) return EXIT.failed.code;
    if (flags.out !== undefined) (await import("../plan-file.ts")).writePlan(flags.out, plan, io);
    return flags["detailed-exitcode"] && !isEmpty(plan) ? EXIT.changes.code : EXIT.done.code;
  },
});
