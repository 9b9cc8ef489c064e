import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { printable } from "../../lib/printable.ts";
import { reason } from "../../lib/reason.ts";
import type { Context } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { everywhere } from "../flags.ts";
import type { Guess } from "../init/guess.ts";
import type { Answers } from "../init/template.ts";
import { usage } from "../parse.ts";

const initFlags = {
  ...everywhere,
  yes: { type: "boolean", short: "y", summary: "Do not ask." },
  name: {
    type: "text",
    value: "NAME",
    summary: "Name of the stack and its app; default the package's or the folder's.",
  },
  server: { type: "text", value: "USER@HOST", summary: "Run on this server; default this machine." },
} as const;

export default defineCommand({
  name: "init",
  aliases: [],
  summary: "Look at this folder and write a drover.config.ts for it, ready to run.",
  description:
    "Guesses how it is built, its port and its health path from what is there (Dockerfile, package.json, Procfile,\n" +
    "sources). A stack file that is there already is never overwritten.",
  args: [],
  flags: initFlags,
  examples: [
    { command: "drover init", does: "asks where it is to run" },
    { command: "drover init --yes --server root@203.0.113.7", does: "without asking, for a server" },
  ],
  async run(context) {
    const { io } = context;
    await refuseExisting(io.cwd);
    const { lookAt } = await import("../init/look.ts");
    const { guess } = await import("../init/guess.ts");
    const { stackText } = await import("../init/template.ts");
    const { writeTypes } = await import("../types-file.ts");
    const listing = lookAt(io.cwd);
    const answers = await answersOf(context, listing.text["package.json"]);
    const found = guess(listing);
    writeBoth(join(io.cwd, "drover.config.ts"), stackText(answers, found), () => writeTypes(io.cwd));
    if (context.flags.json) io.out(`${JSON.stringify({ file: "drover.config.ts", ...answers, ...found })}\n`);
    else io.out(doneText(found));
    return EXIT.done.code;
  },
});

async function refuseExisting(cwd: string): Promise<void> {
  const { lstatSync } = await import("node:fs");
  const { STACK_FILES } = await import("../../load/find.ts");
  const there = STACK_FILES.find((file) => lstatSync(join(cwd, file), { throwIfNoEntry: false }) !== undefined);
  if (there === undefined) return;
  throw new DroverError("CONFIG_INVALID", "there is a stack file already", {
    where: { file: there },
    hint: "change it, or take it away first; init never overwrites one",
  });
}

async function answersOf(
  { flags, io, signal }: Context<typeof initFlags>,
  packageJson: string | undefined,
): Promise<Answers> {
  const { nameFor, randomId } = await import("../init/naming.ts");
  const name = await checkedName(flags.name ?? nameFor(io.cwd, packageJson));
  const ask = io.canAsk && !flags.yes && !flags.json && flags.server === undefined;
  const server = ask ? await askServer(io, signal) : flags.server;
  await checkServer(server);
  return { id: randomId(name), name, server };
}

async function checkedName(name: string): Promise<string> {
  const { nameSchema } = await import("../../model/name.ts");
  const { slug } = await import("../init/naming.ts");
  if (nameSchema.safeParse(name).success) return name;
  const better = slug(name);
  throw usage(
    `${JSON.stringify(printable(name))} is not a name: expected 1 to 40 of a-z, 0-9 and - (not first or last)`,
    better === "" ? "drover init --name my-app" : `drover init --name ${better}`,
  );
}

async function checkServer(server: string | undefined): Promise<void> {
  if (server === undefined) return;
  const { serverSchema } = await import("../../providers/server.ts");
  const parsed = serverSchema.safeParse({ host: server });
  if (!parsed.success)
    throw usage(
      `--server: ${parsed.error.issues[0]?.message}, got ${JSON.stringify(printable(server))}`,
      "write --server root@203.0.113.7",
    );
}

async function askServer(io: Context["io"], signal: AbortSignal): Promise<string | undefined> {
  const { isCancel, text } = await import("@clack/prompts");
  const { terminalOf } = await import("../consent.ts");
  const answer = await text({
    message: "Where is it to run? user@host of a server, or nothing for this machine",
    placeholder: "this machine",
    defaultValue: "",
    signal,
    ...terminalOf(io),
  });
  if (isCancel(answer)) throw new DroverError("CANCELLED", "nothing was written");
  return answer.trim() === "" ? undefined : answer.trim();
}

function doneText({ what, known, port, health, processes }: Guess): string {
  const others = Object.keys(processes).map((name) => `, process ${name}`);
  const guessed = `port ${port.value}, health ${health.value}${others.join("")}`;
  return known
    ? `drover.config.ts is written: ${printable(what)}, ${guessed}\nnext: drover plan\n`
    : `drover.config.ts is written, but ${printable(what)}\nnext: add a Dockerfile, then: drover plan\n`;
}

/** Writes the stack file and the types beside it, or neither. */
function writeBoth(file: string, text: string, writeTypes: () => void): void {
  let isWritten = false;
  try {
    writeFileSync(file, text, { flag: "wx" });
    isWritten = true;
    writeTypes();
  } catch (cause) {
    if (isWritten) rmSync(file);
    throw new DroverError("CONFIG_INVALID", `the stack file cannot be written here: ${reason(cause)}`, {
      where: { file: "drover.config.ts" },
      hint: "run it in a folder that you may write to",
      cause,
    });
  }
}
