import { spawn } from "node:child_process";
import { DroverError } from "../../src/lib/error.ts";
import type { Outcome } from "./host.ts";

export interface CommandOptions {
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/** Runs a command on this machine to its end; a command that cannot be started is an error, an exit code is not. */
export function run(argv: readonly [string, ...string[]], { signal, env }: CommandOptions): Promise<Outcome> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { signal, env: env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });
}

/** `run`, where anything but exit code 0 is an error with the last lines as evidence. */
export async function must(argv: readonly [string, ...string[]], options: CommandOptions): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  throw new DroverError("STEP_FAILED", `${argv[0]} ended with exit code ${code}`, {
    evidence: [argv.join(" "), ...lastLines(stderr === "" ? stdout : stderr)],
  });
}

/** The last lines of a text, as evidence. */
export function lastLines(text: string, count = 15): string[] {
  return text.trimEnd().split("\n").slice(-count);
}

/** Is the command on the path? */
export async function isInstalled(command: string, signal: AbortSignal): Promise<boolean> {
  const found = await run(["sh", "-c", 'command -v -- "$1"', "sh", command], { signal });
  return found.code === 0;
}
