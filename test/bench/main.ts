import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * `npm run bench [NAME ...]`: runs the benches one after the other, each in a process of its own, and prints what they
 * measured as Markdown. Figures are medians and ratios of things that ran side by side; the machine is said first.
 */
const BENCHES = ["start", "build", "ways", "router", "noop", "deploy"] as const;

const asked = process.argv.slice(2);
const wrong = asked.filter((name) => !BENCHES.some((bench) => bench === name));
if (wrong.length > 0) {
  process.stderr.write(`no bench ${wrong.join(", ")}; there are ${BENCHES.join(", ")}\n`);
  process.exit(1);
}

let failed = 0;
for (const name of BENCHES.filter((bench) => asked.length === 0 || asked.includes(bench))) {
  process.stdout.write(`\n## ${name}\n\n`);
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? 1)));
  if (code !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
