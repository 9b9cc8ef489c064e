import type { Finding } from "../../api.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";
import { wantsColor } from "../io.ts";
import { theme } from "../render/theme.ts";

export default defineCommand({
  name: "doctor",
  aliases: [],
  summary: "Find out what is missing on this machine or a target, and the fix.",
  description: "Without a stack file it looks at this machine only. Exits with 1 when something is missing.",
  args: [],
  flags: { ...stackFlags, on: partFlags.on },
  examples: [{ command: "drover doctor", does: "this machine and all targets" }],
  async run(context) {
    const { io, signal, flags } = context;
    const { nearestStackFile } = await import("../../load/find.ts");
    const { doctorText } = await import("../render/doctor.ts");
    const findings: readonly Finding[] =
      flags.file === undefined && nearestStackFile(io.cwd) === undefined
        ? await (await context.drover()).doctor(undefined, { signal, emit: () => {}, secrets: () => undefined })
        : await withStack(context);
    if (flags.json) io.out(`${JSON.stringify(findings, null, 2)}\n`);
    else io.out(doctorText(findings, theme(wantsColor(io, flags["no-color"]))));
    return findings.every((finding) => finding.ok) ? EXIT.done.code : EXIT.failed.code;
  },
});

async function withStack(context: Parameters<typeof import("../open.ts")["open"]>[0]): Promise<readonly Finding[]> {
  const { open } = await import("../open.ts");
  const work = await open(context);
  return await work.glance((emit) => work.drover.doctor(work.stack, { ...work.options, emit }));
}
