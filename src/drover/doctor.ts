import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Finding, Options } from "../api.ts";
import { onEach, selectMachines } from "../engine/hosts.ts";
import { STANDARD_QUERIES } from "../engine/session/ask.ts";
import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import { minutesOff, TOLERATED } from "../model/clock-skew.ts";
import { ownerOf } from "../model/stack.ts";
import type { Context } from "./context.ts";

const run = promisify(execFile);

/** What is missing on this machine, or on the stack's targets, and the fix. */
export async function doctor(context: Context | undefined, options: Options): Promise<Finding[]> {
  const here = [
    nodeVersion(),
    await program("ssh", ["-V"], "apt-get install openssh-client"),
    await program("git", ["--version"], "apt-get install git"),
  ];
  if (context === undefined) return here;
  const { stack } = context;
  const machines = selectMachines(stack, options.on);
  const found = await onEach(machines, async (machine): Promise<Finding[]> => {
    try {
      const session = await context.hosts.session(machine, options.signal);
      const queries = Object.values(context.shelves.places).flatMap((place) => place.query(ownerOf(stack)));
      const answers = await session.ask([...STANDARD_QUERIES, ...queries], options.signal);
      const brought = Object.values(context.shelves.places).flatMap((place) => place.checks(answers));
      return [...machineChecks(answers), ...brought].map((check) => ({ where: machine, ...check }));
    } catch (error) {
      if (!DroverError.is(error)) throw error;
      return [{ where: machine, ok: false, what: error.message, fix: error.hint ?? "" }];
    }
  });
  return [...here, ...found.flat()];
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const ok = major >= 24;
  return { where: "here", ok, what: `Node ${process.versions.node}`, fix: ok ? "" : "install Node 24 or newer" };
}

async function program(name: string, args: readonly string[], fix: string): Promise<Finding> {
  try {
    const { stdout, stderr } = await run(name, [...args]);
    return { where: "here", ok: true, what: (stdout || stderr).trim().split("\n")[0] ?? name, fix: "" };
  } catch {
    return { where: "here", ok: false, what: `${name} is not installed`, fix };
  }
}

function systemOf(fact: (name: string) => string): string {
  return [`${fact("os")} ${fact("release")}`.trim(), `packages: ${fact("packages")}`, `init: ${fact("init")}`].join(
    ", ",
  );
}

/** What every target needs, whatever runs on it. Pure. */
export function machineChecks(answers: Answers): Omit<Finding, "where">[] {
  const fact = (name: string): string => answers.get(`fact:${name}`) ?? "";
  const check = (ok: boolean, what: string, fix: string): Omit<Finding, "where"> => ({ ok, what, fix: ok ? "" : fix });
  const skew = minutesOff(answers, Date.now());
  return [
    check(fact("uid") === "0", `works as ${fact("user")}`, "connect as root, or as a user with sudo"),
    check(["x64", "arm64"].includes(fact("arch")), `architecture ${fact("arch")}`, "use x86-64 or arm64"),
    check(
      ["apt", "dnf"].includes(fact("packages")),
      systemOf(fact),
      "use Debian, Ubuntu, or a system whose packages are dnf's",
    ),
    check(
      Number(fact("disk-mb")) >= 2000,
      `${fact("disk-mb")} MB of disk free`,
      "make room: 2000 MB are needed for a container engine and images",
    ),
    check(Number(fact("memory-mb")) >= 400, `${fact("memory-mb")} MB of memory`, "use a machine with 512 MB or more"),
    check(
      skew < TOLERATED,
      skew < TOLERATED ? "its clock is right" : `its clock is ${skew} minutes off`,
      "set the clock; no decision of Drover rests on it",
    ),
  ];
}
