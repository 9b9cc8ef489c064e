import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Every program that the script runs. */
const programs = ["cat", "chmod", "haproxy", "mkdir", "mv", "rm", "setsid", "sha256sum", "sleep", "socat", "sync"];

/** A folder of programs that count their calls and end the whole process group by SIGKILL just before a certain one. */
export interface Killer {
  /** Environment that makes the script die before its `call`th program. */
  at(call: number): Promise<Record<string, string>>;
  /** How many programs the last run called. */
  calls(): Promise<number>;
}

export async function killer(folder: string): Promise<Killer> {
  const count = join(folder, "count");
  await mkdir(folder, { recursive: true });
  for (const program of programs) {
    await writeFile(join(folder, program), wrapper(program, count));
    await chmod(join(folder, program), 0o755);
  }
  const path = process.env["PATH"] ?? "";
  return {
    async at(call) {
      await writeFile(count, "");
      return { PATH: `${folder}:${path}`, REAL_PATH: path, KILL_AT: String(call) };
    },
    calls: async () => (await readFile(count, "utf8")).length,
  };
}

/** The router itself, started through `setsid haproxy`, is left alone: it is not in the script's group. */
function wrapper(program: string, count: string): string {
  return [
    "#!/bin/sh",
    "export PATH=$REAL_PATH",
    ...(program === "haproxy" ? ['case $1 in -c) ;; *) exec haproxy "$@" ;; esac'] : []),
    `printf x >>'${count}'`,
    `[ "$(wc -c <'${count}')" -ne "$KILL_AT" ] || kill -9 0`,
    `exec ${program} "$@"`,
    "",
  ].join("\n");
}
