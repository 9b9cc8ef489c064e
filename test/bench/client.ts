import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineSplitter } from "../../src/lib/ndjson.ts";
import type { Event } from "../../src/model/event.ts";

const root = join(import.meta.dirname, "../..");

/** An event and when its line came, in milliseconds after the command began. */
export interface Seen {
  readonly at: number;
  readonly event: Event;
}

/** The command line as users get it: bundled, in a folder without sources. */
export interface Client extends AsyncDisposable {
  /** Runs it to its end, which has to be good. */
  run(args: readonly string[], folder: string): Promise<void>;
  /** The same with `--json`; answers what it told. */
  events(args: readonly string[], folder: string): Promise<Seen[]>;
}

/** Bundles these sources in a folder of their own, so that neither an old `dist/` nor type stripping is measured. */
export async function bundledClient(): Promise<Client> {
  const folder = await mkdtemp(join(tmpdir(), "drover-bench-client-"));
  for (const part of ["bin", "scripts", "src", "package.json", "LICENSE"]) {
    await cp(join(root, part), join(folder, part), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await command(process.execPath, [join(folder, "scripts/build.ts")], folder);
  // What the published package does not have; without sources the command line runs the bundle.
  for (const part of ["scripts", "src", "node_modules"]) await rm(join(folder, part), { recursive: true });
  const bin = join(folder, "bin/drover.js");
  return {
    run: async (args, cwd) => void (await command(process.execPath, [bin, ...args], cwd)),
    events: (args, cwd) => command(process.execPath, [bin, ...args, "--json"], cwd, isEvent),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const isEvent = (line: string): boolean => line.startsWith("{");

/** Runs a command to its end; any exit code but 0 is an error with all that was printed. */
export function command(
  file: string,
  args: readonly string[],
  cwd: string,
  wanted?: (line: string) => boolean,
): Promise<Seen[]> {
  const began = performance.now();
  const child = spawn(file, args, { cwd, env: { ...process.env, CI: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  const seen: Seen[] = [];
  let output = "";
  const split = lineSplitter((line) => {
    // The command's own format: a line is an event.
    if (wanted?.(line)) seen.push({ at: performance.now() - began, event: JSON.parse(line) as Event });
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdout.on("data", split);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(seen);
      else reject(new Error(`${file} ${args.join(" ")}: exit code ${code}\n${output.slice(-4000)}`));
    });
  });
}
