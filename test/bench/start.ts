import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inTurns, median, ms, table } from "./sample.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** Client start-up: `drover --version` beside `node -e 0` on the same Node, medians of 9. */
if (!existsSync(join(root, "dist"))) await run(process.execPath, [join(root, "scripts/build.ts")], { cwd: root });
const bin = join(root, "bin/drover.js");
const times = await inTurns(9, {
  "node -e 0": async () => void (await run(process.execPath, ["-e", "0"])),
  "drover --version": async () => void (await run(process.execPath, [bin, "--version"])),
  "drover --help": async () => void (await run(process.execPath, [bin, "--help"])),
});
const base = median(times["node -e 0"] ?? []);
const rows = Object.entries(times).map(([name, all]) => [
  `\`${name}\``,
  ms(median(all)),
  `${(median(all) / base).toFixed(2)}x`,
]);
process.stdout.write(table(["command", "median of 9", "to `node -e 0`"], rows));
