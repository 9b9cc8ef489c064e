import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COMMAND } from "../../src/engine/session/command.ts";
import { parseLines } from "../../src/lib/ndjson.ts";

/** What runs a command on a target, in the shells that targets have. */
const SHELLS: readonly (readonly string[])[] = [["dash"], ["bash"], ["busybox", "sh"]];
const root = mkdtempSync(join(tmpdir(), "drover-command-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

interface Begun {
  readonly state: string;
  readonly child: ChildProcess;
  /** Resolves when the wanted text was printed. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<{ readonly out: string; readonly err: string }>;
}

function begin(shell: readonly string[], argv: readonly string[], journal?: string): Begun {
  const state = join(root, String(folders++));
  mkdirSync(state);
  if (journal !== undefined) writeFileSync(join(state, "journal"), journal);
  const [command = "sh", ...args] = shell;
  const words = ["-c", COMMAND, "sh", "MARK", "run-1", '"kind":"command"', '"kind":"exit"', "", ...argv];
  const env = { PATH: process.env["PATH"], DROVER_STATE: state, DROVER_RUN: state, HOME: "/root" };
  const child = spawn(command, [...args, ...words], { env, stdio: "pipe" });
  let [out, err] = ["", ""];
  const looks = new Set<() => void>();
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
    for (const look of looks) look();
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  const ended = new Promise<{ out: string; err: string }>((resolve) =>
    child.once("close", () => resolve({ out, err })),
  );
  const printed = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (out.includes(text)) resolve();
      };
      looks.add(look);
      look();
    });
  return { state, child, ended, printed };
}

const notes = (state: string): unknown[] => parseLines(readFileSync(join(state, "journal"), "utf8"));
const isThere = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

describe.each(SHELLS)("in %s %s", (...shell) => {
  it("runs words as they are, tells the exit code last, and notes both ends", async () => {
    const { ended, state } = begin(shell, [
      "sh",
      "-c",
      'printf "%s|" "$@"; printf bad >&2; exit 7',
      "x",
      "",
      "a b",
      "$(id)",
      "'",
    ]);
    const { out, err } = await ended;
    expect(out).toBe("|a b|$(id)|'|\nMARK end\n");
    expect(err).toBe("bad\nMARK exit 7\n");
    expect(notes(state)).toMatchObject([
      { seq: 1, run: "run-1", t: "note", note: { kind: "command" } },
      { seq: 2, run: "run-1", t: "note", note: { kind: "exit", code: 7 } },
    ]);
  });

  it("goes on after what is there, also after a torn line", async () => {
    const { ended, state } = begin(shell, ["true"], '{"seq":1,"t":"begin","format":1}\n{"seq":2,');
    expect((await ended).err).toBe("\nMARK exit 0\n");
    expect(notes(state)).toMatchObject([{ seq: 1 }, { seq: 3 }, { seq: 4, note: { code: 0 } }]);
  });

  it("writes no journal of a newer Drover, and runs all the same", async () => {
    const before = '{"seq":1,"t":"begin","format":99}\n';
    const { ended, state } = begin(shell, ["echo", "hello"], before);
    const { out, err } = await ended;
    expect(out).toBe("hello\n\nMARK end\n");
    expect(err).toContain("MARK unrecorded this machine was last changed by a newer Drover\n");
    expect(readFileSync(join(state, "journal"), "utf8")).toBe(before);
  });

  it("says what is not there", async () => {
    const { err } = await begin(shell, ["/nonexistent"]).ended;
    expect(err).toMatch(/\/nonexistent.*No such file.*\n\nMARK exit 12[67]\n$/s);
  });

  it.each(["the end of its input", "a signal"] as const)("ends all of the command at %s", async (how) => {
    // One that does not want to end, with a child of its own.
    const script = 'trap "" TERM; sleep 1000 & echo "pids $$ $! end"; while :; do sleep 1; done';
    const { child, ended, printed, state } = begin(shell, ["sh", "-c", script]);
    await printed("end");
    if (how === "a signal") child.kill("SIGTERM");
    else child.stdin?.end();
    const { out, err } = await ended;
    const pids = [...out.matchAll(/\d+/g)].map(([pid]) => Number(pid));
    expect(pids).toHaveLength(2);
    expect(pids.filter(isThere)).toEqual([]);
    expect(err).toContain("MARK exit 137\n");
    expect(notes(state)).toMatchObject([{}, { note: { kind: "exit", code: 137 } }]);
  });
});
