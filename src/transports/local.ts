import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { type PipedChild, startPiped, streamOf } from "../lib/child.ts";
import { DroverError } from "../lib/error.ts";
import type { Channel, StreamTarget, Transport } from "../model/session.ts";

/** This machine: `/bin/sh` as root, through sudo where we are not. */
const local: Transport = {
  name: "local",
  async connect(reach, _secrets, signal) {
    if (process.platform !== "linux") {
      throw new DroverError("UNREACHABLE", "targets are Linux; this machine is not", {
        where: { machine: reach.machine },
        hint: 'name a server instead: server("root@host")',
      });
    }
    signal.throwIfAborted();
    const root = process.getuid?.() === 0;
    const shell = root || reach.options["sudo"] === false ? [] : SUDO;
    if (shell.length > 0) await tryRoot(reach.machine);
    const piped = start([...shell, "/bin/sh"]);
    return channel(piped, shell);
  },
};
export default local;

const SUDO = ["sudo", "-n", "--"];

/** Asks sudo before anything else: a shell that never began tells nothing of why. */
async function tryRoot(machine: string): Promise<void> {
  const piped = start([...SUDO, "true"]);
  piped.stdin.end();
  piped.stdout.resume();
  let errors = "";
  piped.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const ended = await piped.ended;
  if (ended !== "exit code 0") throw mayNotBecomeRoot(machine, ended, errors);
}

/** Says that this user is not root and cannot become it. Pure. */
export function mayNotBecomeRoot(machine: string, ended: string, errors: string): DroverError {
  const isMissing = ended.endsWith("is not installed");
  return new DroverError("RIGHTS", `you are not root here, and ${isMissing ? ended : "sudo refused"}`, {
    where: { machine },
    evidence: errors
      .trim()
      .split("\n")
      .filter((line) => line !== ""),
    hint: "run it as root, or as a user with sudo without a password; `local({ sudo: false })` does what needs no root",
  });
}

function start(argv: readonly string[]): PipedChild {
  const [command = "/bin/sh", ...args] = argv;
  const { HOME = "/", USER = "", XDG_STATE_HOME, XDG_RUNTIME_DIR, DROVER_STATE, DROVER_RUN } = process.env;
  const proxy = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name)));
  const set = { ...proxy, HOME, USER, XDG_STATE_HOME, XDG_RUNTIME_DIR, DROVER_STATE, DROVER_RUN };
  return startPiped(command, args, {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)),
  });
}

function channel(piped: PipedChild, prefix: readonly string[]): Channel {
  return {
    stdin: piped.stdin,
    stdout: piped.stdout,
    stderr: piped.stderr,
    ended: piped.ended,
    open: (target, signal) => openStream(target, prefix, signal),
    async [Symbol.asyncDispose]() {
      piped.stdin.end();
      piped.child.kill();
      await piped.ended;
    },
  };
}

function openStream(target: StreamTarget, prefix: readonly string[], signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  if ("argv" in target) {
    return Promise.resolve(streamOf(start([...prefix, ...target.argv]), target.argv[0] ?? "", target.errors));
  }
  if (prefix.length > 0) {
    return Promise.resolve(streamOf(start([...prefix, "socat", "-", `UNIX-CONNECT:${target.socket}`]), target.socket));
  }
  return new Promise((resolve, reject) => {
    const socket = connect(target.socket);
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
