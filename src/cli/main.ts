import type { Drover } from "../api.ts";
import { EXIT } from "./exit.ts";
import { processIo } from "./io.ts";
import { run } from "./run.ts";

/** The command line, with the process's own streams and signals. Sets the exit code. */
export async function start(argv: readonly string[]): Promise<void> {
  const controller = new AbortController();
  const io = processIo();
  onSignals(controller, () => (io.live.above ?? io.err)(io.live.stopping ?? "\nStopping; nothing was changed.\n"));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", quietPipe);
  const made: Drover[] = [];
  const preload = () => import("../drover.ts");
  const compose = async (): Promise<Drover> => {
    const drover = (await preload()).createDrover();
    made.push(drover);
    return drover;
  };
  process.exitCode = await run({ argv, io, signal: controller.signal, compose, preload });
  await Promise.all(made.map((drover) => drover[Symbol.asyncDispose]()));
  if (controller.signal.reason === "SIGTERM") process.exitCode = 143;
  // What a library left open must not keep a finished command alive; what was printed is first written out.
  process.stdout.write("", () => process.stderr.write("", () => process.exit()));
}

/** The first signal asks the work to end, a second one ends it. */
function onSignals(controller: AbortController, say: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) leave(signal === "SIGINT" ? EXIT.cancelled.code : 143);
      say();
      controller.abort(signal);
    });
  }
}

/** Ends at once; a live view may have hidden the cursor. */
function leave(code: number): never {
  if (process.stdout.isTTY) process.stdout.write("\u001b[?25h");
  process.exit(code);
}

/** A reader that went away (`drover logs | head`) ends the output, not the work. */
function quietPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
