import { spawn } from "node:child_process";
import { join } from "node:path";

/** `npm run bench:converge [-- peers|wide|fleet] [--charts]`: one after the other, each in a process of its own. */
const PARTS = ["peers", "wide", "fleet"] as const;
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
const wrong = asked.find((word) => !PARTS.some((part) => part === word));
if (wrong !== undefined) {
  process.stderr.write(`no part ${wrong}; there are ${PARTS.join(", ")}\n`);
  process.exit(1);
}
let failed = 0;
for (const part of PARTS.filter((one) => asked.length === 0 || asked.includes(one))) {
  process.stdout.write(`\n## ${part}\n\n`);
  const child = spawn(process.execPath, [join(import.meta.dirname, `${part}.ts`), ...flags], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? 1)));
  if (code !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
