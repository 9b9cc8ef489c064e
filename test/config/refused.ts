import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { printable } from "../../src/lib/printable.ts";
import { cli, folderWith, type Ran, snapshot } from "../cli/harness.ts";

/**
 * Stack files and flags that are wrong, through the command line with the real engine behind it: each gives a clear error
 * and exit code 1, no stack trace, and nothing is touched.
 */
const GOOD = {
  id: '"gb-7f3k9q"',
  name: '"guestbook"',
  machines: '{ here: local(), web: server("root@203.0.113.7") }',
  resources: '{ here: [{ type: "file", name: "/etc/motd", spec: { content: "hello" } }] }',
  apps: '{ guestbook: app({ source: ".", on: "here", port: 3000, health: "/up" }) }',
};
export type Field = keyof typeof GOOD;

export function stackText(changes: Partial<Record<Field, string>>, extra = ""): string {
  const fields = Object.entries({ ...GOOD, ...changes }).map(([name, text]) => `  ${name}: ${text},\n`);
  return `import { app, defineStack, local, secret, server } from "drover";\nvoid secret;\nexport default defineStack({\n${fields.join("")}${extra}});\n`;
}

export async function refused(files: Record<string, string>, argv: readonly string[] = ["plan"]): Promise<Ran> {
  using folder = folderWith(files);
  const before = snapshot(folder.path);
  await using drover = createDrover();
  const ran = await cli(argv, { cwd: folder.path, drover });
  expect(snapshot(folder.path)).toBe(before);
  expect(existsSync(join(folder.path, "pwned"))).toBe(false);
  expectClear(ran);
  expectPlace(ran, argv);
  return ran;
}

export function expectClear(ran: Ran): void {
  expect(ran.code, ran.err).toBe(1);
  expect(ran.out).toBe("");
  expect(ran.err).toMatch(/^error: .+\n/);
  expect(ran.err).toMatch(/\n {2}fix: .+\n$/);
  expect(ran.err).not.toMatch(/^\s+at .+[:(]/m);
  expect(ran.err).not.toMatch(/bug in Drover|INTERNAL|undefined|\[object/);
  // Nothing that a terminal obeys gets through.
  expect(ran.err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(ran.err.length).toBeLessThan(20_000);
}

/** Every error says where: in which file, or which word of the command line it is about. */
function expectPlace({ err }: Ran, argv: readonly string[]): void {
  const [first = "", second = ""] = err.split("\n");
  const words = argv.filter((word) => word !== "plan" && word !== "");
  const shown = words.flatMap((word) => [
    ...[JSON.stringify(word), JSON.stringify(printable(word)), printable(JSON.stringify(word))].map((text) =>
      text.slice(1, -1).slice(0, 40),
    ),
    ...(/^-\w/.test(word) ? [word.slice(0, 2)] : []),
  ]);
  const named = [...shown, "an argument is empty"].some((word) => first.includes(word));
  expect(/^ {2}in \S/.test(second) || named, err).toBe(true);
}

export const app = (fields: string): Partial<Record<Field, string>> => ({
  apps: `{ guestbook: app({ source: ".", on: "here", ${fields} } as never) }`,
});
export const quoted = (text: string): string => JSON.stringify(text);
export const short = (text: string): string => quoted(text).slice(0, 60);

/** So many of them, always the same: each costs a run of the command line. */
export function sampleOf<T>(all: readonly T[], count: number): T[] {
  const size = { minLength: count, maxLength: count };
  return fc.sample(fc.shuffledSubarray([...all], size), { seed: 7, numRuns: 1 })[0] ?? [];
}
