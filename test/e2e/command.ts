import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "../../src/model/event.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Output of `--json` commands that print a line per event. */
  events(): Event[];
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs the product's own command line as a user would, without a terminal. */
export function drover(args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CI: "1", ...options.env };
    const child = spawn(process.execPath, [join(ROOT, "bin/drover.js"), ...args], {
      cwd: options.cwd,
      env,
      stdio: "pipe",
    });
    options.signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      const events = (): Event[] =>
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Event);
      resolve({ code: code ?? -1, stdout, stderr, events });
    });
    child.stdin.end(options.input ?? "");
  });
}

/** The same, and a failure shows everything that was printed. */
export async function mustRun(args: readonly string[], options: RunOptions): Promise<Ran> {
  const ran = await drover(args, options);
  if (ran.code === 0) return ran;
  throw new Error(`drover ${args.join(" ")}: exit code ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}

/** Round trips after connect, by machine, as the run itself reports them. */
export function exchangesOf(ran: Ran): Record<string, number> {
  const done = ran.events().find((event) => event.event === "done");
  return done?.event === "done" ? { ...done.exchanges } : {};
}

export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** Writes a file of the project. */
  write(path: string, text: string): Promise<void>;
  /** The same project in another folder, as a fresh checkout without caches. */
  copy(): Promise<Project>;
}

/** A folder with an app, made from one of the examples or empty. */
export async function project(example?: string): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "drover-project-"));
  if (example !== undefined) {
    const source = join(ROOT, "examples", example);
    await cp(source, folder, {
      recursive: true,
      filter: (path) => !/node_modules|\/\.drover|\/data($|\/)/.test(path.slice(source.length)),
    });
  }
  return open(folder);
}

function open(folder: string): Project {
  return {
    folder,
    write: (path, text) => writeFile(join(folder, path), text),
    async copy() {
      const other = await mkdtemp(join(tmpdir(), "drover-project-"));
      await cp(folder, other, { recursive: true, filter: (path) => !path.slice(folder.length).startsWith("/.drover") });
      return open(other);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
