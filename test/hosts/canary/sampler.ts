import { createHash } from "node:crypto";
import { spellings } from "../../../src/model/secret-spellings.ts";

/** A word that a process of the test itself carries: it shows that the sampler sees what there is to see. */
export const CONTROL = "control-4b1e7c-of-the-sampler";

/** What is looked for, a line each: values, as they might be spelled, and what hashing them would give. */
export function needles(values: readonly string[]): string {
  const digests = values.flatMap((value) =>
    [value, `${value}\n`].flatMap((text) =>
      ["md5", "sha1", "sha256", "sha512"].map((name) => createHash(name).update(text).digest("hex")),
    ),
  );
  return `${[...values.flatMap(spellings), ...digests].join("\n")}\n`;
}

/** Looks at the arguments and the environment of all processes some twenty times a second, until `stop` is there. */
export const SAMPLER = `
n=0
while [ ! -e stop ]; do
  grep -aFlf needles /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | while read -r f; do
    printf '%s of: %s\\n' "$f" "$(tr '\\0' ' ' <"\${f%/*}/cmdline" 2>/dev/null | head -c 300)"
  done >>seen
  sleep 0.03; n=$((n + 1)); echo $n >count.new; mv count.new count
done
: >stopped
`;

/** Processes that were seen with a value, each once; without the control. */
export function sightings(seen: string): string[] {
  const found = seen.matchAll(/^\/proc\/(\d+)\/(\w+) of: (.*)$/gm);
  const lines = [...found].map(([, pid = "", where = "", args = ""]) => ({ pid, where, args: args.trim() }));
  // One that was just beginning or ending had no arguments when it was asked for them.
  const known = new Map(lines.filter(({ args }) => args !== "").map(({ pid, args }) => [pid, args]));
  const told = lines.map(({ pid, where, args }) => `${where} of: ${known.get(pid) ?? args}`);
  return [...new Set(told)].filter((line) => !line.includes(CONTROL)).sort();
}
