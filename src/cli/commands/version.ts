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
    return printVersion(io, flags.json);
  },
});

export function printVersion(io: Io, json: boolean): number {
  io.out(json ? `${JSON.stringify({ version: version(), node: process.version })}\n` : `${version()}\n`);
  return EXIT.done.code;
}
