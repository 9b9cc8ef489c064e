// Stands in for `ssh` on the client's PATH: passes all bytes to the real one, counts exchanges and the chunks of streams, and at the
// point that the folder DROVER_FAULT names kills the client (its parent) or the connection (the real ssh).
import { spawn } from "node:child_process";
import { argv, env, exit, kill, ppid, stdin, stdout } from "node:process";
import { countOne, isDue, type Moment } from "./client-shot.ts";
import { AnswerFinder, RequestCutter } from "./exchange.ts";

const folder = env["DROVER_FAULT"] ?? "";
const real = env["DROVER_FAULT_SSH"] ?? "/usr/bin/ssh";
const child = spawn(real, argv.slice(2), { stdio: ["pipe", "pipe", "inherit"] });
const cutter = new RequestCutter();
const finder = new AnswerFinder();
/** Numbers of the requests whose answers are due. */
const open: number[] = [];
/** The one that holds the client's shell; all others are streams. */
const isShell = argv.some((word) => word.includes("drover-ready"));
/** How the first request begins, whether the shell stands by then or not. */
const BEGINS = "echo 'drover-";
let begun = false;
/** The client is gone: like any ssh whose output nobody reads, we end at the next byte. */
let orphan = false;

/** Hits when its moment has come; true when nothing more may pass. */
function hit(when: Moment, at: number): boolean {
  const who = isDue(folder, when, at);
  if (who === undefined) return orphan;
  orphan = true;
  if (who === "client") {
    kill(ppid, "SIGKILL");
    child.stdin.end();
  } else {
    child.kill("SIGKILL");
  }
  return true;
}

function toHost(chunk: Buffer): void {
  const from = begun || !isShell ? 0 : chunk.indexOf(BEGINS);
  begun ||= isShell && from !== -1;
  if (!begun) {
    pass(chunk); // A password for sudo, or a stream.
    return;
  }
  if (from > 0) pass(chunk.subarray(0, from));
  for (const { bytes } of cutter.push(chunk.subarray(from))) {
    if (orphan) return;
    const at = countOne(folder, "exchanges");
    if (hit("before", at)) return;
    open.push(at);
    pass(bytes, () => {
      // The client only: the link's answer is lost later on.
      if (isDue(folder, "during", at, "peek") === "client") hit("during", at);
    });
  }
}

function pass(bytes: Buffer, done?: () => void): void {
  if (orphan) return;
  if (!child.stdin.write(bytes, done)) {
    stdin.pause();
    child.stdin.once("drain", () => stdin.resume());
  }
}

function toClient(chunk: Buffer): void {
  if (orphan) {
    child.kill();
    return;
  }
  if (!isShell && hit("stream", countOne(folder, "chunks"))) return;
  let shown = 0;
  for (const { from, to } of finder.push(chunk)) {
    const at = open.shift() ?? 0;
    const isLost = hit("during", at);
    give(chunk.subarray(shown, isLost ? from : to));
    shown = to;
    if (isLost || hit("after", at)) return;
  }
  give(chunk.subarray(shown));
}

function give(bytes: Buffer): void {
  if (bytes.length > 0 && !stdout.write(bytes)) {
    child.stdout.pause();
    stdout.once("drain", () => child.stdout.resume());
  }
}

stdin.on("data", toHost);
stdin.on("end", () => child.stdin.end());
stdout.on("error", () => child.kill()); // Nobody reads any more.
child.stdin.on("error", () => {}); // Its end, which follows, tells.
child.stdout.on("data", toClient);
process.on("SIGTERM", () => child.kill());
child.on("close", (code) => exit(orphan ? 255 : (code ?? 255)));
