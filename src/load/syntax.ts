import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Where a JavaScript file is not one, as `file:///...:line` and the lines around it. Node tells this of TypeScript files
 * itself; of JavaScript ones only on the way to the terminal, so another Node is asked to check the text.
 */
export function syntaxExcerpt(url: string): string {
  const source = readFileSync(fileURLToPath(url), "utf8");
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--check", "-"], {
    input: source,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
    timeout: 10_000,
  });
  const at = /^(?:file:\/\/\S*|\[stdin\]):(\d+)\n((?:.*\n){1,2})/.exec(stderr ?? "");
  return at === null ? "" : `${url}:${at[1]}\n${at[2]}\n`;
}
