import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";
import { usage } from "../parse.ts";

export default defineCommand({
  name: "run",
  aliases: [],
  summary: "Run a command on machines, side by side.",
  description:
    "What it prints comes line by line with the machine's name before it. Exits with 1 when it ended with another code\n" +
    "than 0 anywhere, or a machine could not be reached, which stops no other. Nothing is read on standard input. Every\n" +
    "machine's journal records who ran what when, and the exit code: the command's words are recorded as they are, so no\n" +
    "secret belongs into them. Ctrl-C ends the command everywhere.",
  args: [{ name: "command", summary: "The command and its words, after `--`.", required: true, rest: true }],
  flags: {
    ...stackFlags,
    on: partFlags.on,
    user: { type: "text", value: "NAME", summary: "Run it as this user; default the connection's, root by sudo." },
    concurrency: { type: "count", value: "COUNT", default: 20, summary: "On how many machines at a time." },
  },
  examples: [
    { command: "drover run --on web -- uptime", does: "on every machine of a group" },
    { command: "drover run -- sh -c 'df -h / | tail -n 1'", does: "with a pipe it takes a shell" },
    { command: "drover run --on db --user postgres -- psql -c 'select 1'", does: "as another user" },
  ],
  async run(context) {
    const { flags, io, signal, args } = context;
    const { concurrency, user } = flags;
    if (concurrency < 1) throw usage("--concurrency: expected at least 1", "write --concurrency 20");
    if (user !== undefined) await checkUser(user);
    const { open } = await import("../open.ts");
    const { runText, summaryText, tally } = await import("../render/run.ts");
    const work = await open(context);
    await work.hideAll();
    const { selectMachines } = await import("../../engine/hosts.ts");
    const width = Math.max(...selectMachines(work.stack, flags.on).map((name) => name.length), 0);
    io.live.stopping =
      "\nStopping: the command is being ended on all machines.\nPress Ctrl-C again to leave at once.\n";
    const ends = tally();
    const recorded = args.map((word) => io.mask.text(word));
    const options = { ...work.options, emit: () => {}, concurrency, recorded, ...(user === undefined ? {} : { user }) };
    for await (const event of work.drover.run(work.stack, args, options)) {
      if (io.isGone()) break;
      ends.add(event);
      io.out(work.json ? `${JSON.stringify(event)}\n` : runText(event, width, work.style));
    }
    if (work.json) io.out(`${JSON.stringify({ event: "outcome", ...ends.outcome() })}\n`);
    else io.err(summaryText(ends.outcome(), work.style));
    if (signal.aborted) return EXIT.cancelled.code;
    return ends.outcome().ok ? EXIT.done.code : EXIT.failed.code;
  },
});

async function checkUser(user: string): Promise<void> {
  const { accountSchema } = await import("../../model/name.ts");
  if (accountSchema.safeParse(user).success) return;
  throw usage(`--user: ${JSON.stringify(user)} is not a user's name`, "write --user postgres");
}
