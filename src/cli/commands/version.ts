import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { everywhere } from "../flags.ts";
import type { Io } from "../io.ts";
import { version } from "../version.ts";

export default defineCommand({
  name: "version",
  aliases: [],
  summary: "Print the version.",
  args: [],
  flags: { ...everywhere },
  examples: [],
  async run({ io, flags }) {
    if (!flags.json) return printVersion(io);
    io.out(`${JSON.stringify({ version: version(), node: process.version })}\n`);
    return EXIT.done.code;
  },
});

export function printVersion(io: Io): number {
  io.out(`${version()}\n`);
  return EXIT.done.code;
}
