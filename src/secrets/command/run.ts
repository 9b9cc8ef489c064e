import { spawn } from "node:child_process";

export interface Printed {
  /** How it ended, in words: `exit code 0`, or why not. */
  readonly ended: string;
  readonly text: string;
  /** Whether it is text. */
  readonly valid: boolean;
  readonly errors: string;
}

interface Running {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Seconds that it may take. */
  readonly within: number;
  readonly signal: AbortSignal;
}

/** More is no secret. */
const LONGEST = 2 ** 20;
/** What a program left running in the background may keep the pipe open; what it printed itself is there by then. */
const DRAIN_MS = 500;

/** Runs a program without input and gives what it prints. Never rejects. */
export function printedBy(argv: readonly string[], { cwd, env, within, signal }: Running): Promise<Printed> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  let problem: string | undefined;
  const stop = (why: string): void => {
    problem ??= why;
    child.kill("SIGKILL");
  };
  child.stdout.on("data", (chunk: Buffer) => {
    out.push(chunk);
    if (sizeOf(out) > LONGEST) stop("it printed more than 1 MB");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors.push(chunk);
    if (sizeOf(errors) > LONGEST) errors.splice(0, errors.length - 1);
  });
  const deadline = setTimeout(() => stop(`no end within ${within} s`), within * 1000);
  const cancel = (): void => stop("cancelled");
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  return new Promise<Printed>((resolve) => {
    const settle = (ended: string): void => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", cancel);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({
        ended: problem ?? ended,
        ...textOf(Buffer.concat(out)),
        errors: Buffer.concat(errors).toString("utf8"),
      });
    };
    child.once("error", (error) => settle(isMissing(error) ? `${program} is not installed` : error.message));
    child.once("close", (code, by) => settle(by === null ? `exit code ${code}` : `ended by ${by}`));
    child.once("exit", (code, by) => {
      setTimeout(() => settle(by === null ? `exit code ${code}` : `ended by ${by}`), DRAIN_MS).unref();
    });
  });
}

function textOf(bytes: Buffer): Pick<Printed, "text" | "valid"> {
  const text = bytes.toString("utf8");
  return { text, valid: !text.includes("\0") && Buffer.from(text, "utf8").equals(bytes) };
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((size, chunk) => size + chunk.length, 0);
}

function isMissing(error: Error): boolean {
  return "code" in error && error.code === "ENOENT";
}
