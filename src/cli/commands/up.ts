import type { ApplyOptions } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import { defineCommand } from "../command.ts";
import { consentFlags, partFlags, stackFlags } from "../flags.ts";
import { usage } from "../parse.ts";

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
    batch: {
      type: "text",
      value: "COUNT",
      summary: "So many machines at a time, or a share such as 25%; default as their groups say, else all at once.",
    },
    "max-failures": {
      type: "count",
      value: "COUNT",
      default: 0,
      summary: "With --batch: how many machines may fail before no further batch begins.",
    },
  },
  examples: [
    { command: "drover up", does: "plan, ask, apply" },
    { command: "drover up --yes", does: "without asking, as in CI" },
    { command: "drover up --on web", does: "one machine or group only" },
    { command: "drover up --on web --batch 2 --max-failures 1", does: "two at a time, until a second one fails" },
    { command: "drover up next.json", does: "the plan that was kept, nothing else" },
  ],
  async run(context) {
    const { flags, args } = context;
    const rolling = rollingIn(flags.batch, flags["max-failures"]);
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
    return (await import("../carry-out.ts")).carryOut(plan, "up", flags, work, rolling);
  },
});

function rollingIn(batch: string | undefined, maxFailures: number): Pick<ApplyOptions, "batch" | "maxFailures"> {
  if (batch === undefined && maxFailures > 0)
    throw usage("--max-failures needs --batch", "write --batch 2 --max-failures 1");
  if (batch === undefined) return {};
  if (/^[1-9]\d{0,5}$/.test(batch)) return { batch: Number(batch), maxFailures };
  if (/^([1-9]\d?|100)%$/.test(batch)) return { batch, maxFailures };
  throw usage(
    `--batch: expected a number of machines or a share such as 25%, got ${JSON.stringify(printable(batch))}`,
    "write --batch 2",
  );
}
