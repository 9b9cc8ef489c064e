import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "drift",
  aliases: [],
  summary: "Show what was changed on the machines since the last run.",
  description:
    "Managed things that are not as a run left them: what, how, and after which run. Besides them, what nobody declared and that\n" +
    "came, went or changed since: packages, users, keys, enabled units, timers, listening ports, changed files of packages.\n" +
    "It changes nothing; `drover up` puts managed things right.",
  args: [{ name: "machine", summary: "Only this machine." }],
  flags: {
    ...stackFlags,
    "detailed-exitcode": { type: "boolean", summary: "Exit with 2 when something has drifted." },
  },
  examples: [{ command: "drover drift web", does: "of one machine" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { machineNamed } = await import("../named.ts");
    const work = await open(context);
    await work.hideAll();
    const machine = machineNamed(context.args[0], work.stack);
    const on = machine === undefined ? {} : { on: [machine] };
    const reports = await work.glance((emit) => work.drover.drift(work.stack, { ...work.options, ...on, emit }));
    if (work.json) context.io.out(`${JSON.stringify(reports, null, 2)}\n`);
    else context.io.out((await import("../render/drift.ts")).driftText(reports, work.style));
    const isSame = reports.every((report) => report.managed.length + report.unmanaged.length === 0);
    return isSame || !context.flags["detailed-exitcode"] ? EXIT.done.code : EXIT.changes.code;
  },
});
