import { type ChildProcess, spawn } from "node:child_process";
import { Duplex } from "node:stream";

export interface PipedChild {
  readonly child: ChildProcess;
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
}

/** Starts a program with three pipes. */
export function startPiped(command: string, args: readonly string[], env: NodeJS.ProcessEnv): PipedChild {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"], env });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(isMissing(error) ? `${command} is not installed` : error.message));
    child.once("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`));
  });
  return { child, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended };
}

function isMissing(error: Error): boolean {
  return "code" in error && error.code === "ENOENT";
}

/** A program's input and output as one byte stream; its failure is the stream's error. */
export function streamOf(piped: PipedChild, what: string, onErrors?: (chunk: string) => void): Duplex {
  let errors = "";
  piped.stderr.setEncoding("utf8");
  piped.stderr.on("data", (chunk: string) => {
    errors = (errors + chunk).slice(-2000);
    onErrors?.(chunk);
  });
  const stream = Duplex.from({ readable: piped.stdout, writable: piped.stdin });
  void piped.ended.then((why) => {
    if (why !== "exit code 0" && !stream.destroyed)
      stream.destroy(new Error(`${what}: ${why} ${errors.trim()}`.trim()));
  });
  stream.once("close", () => piped.child.kill());
  return stream;
}
