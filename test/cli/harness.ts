import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import type { Drover } from "../../src/api.ts";
import type { Io } from "../../src/cli/io.ts";
import { createMask } from "../../src/cli/mask.ts";
import { run } from "../../src/cli/run.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly drover?: Drover;
  readonly tty?: boolean;
  readonly columns?: number;
  readonly signal?: AbortSignal;
  /** What is on stdin, which then ends; without it nothing ever comes. */
  readonly stdin?: string | Buffer;
}

export interface Folder extends Disposable {
  readonly path: string;
}

/** A folder for one test, with files in it. */
export function folderWith(files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), "drover-cli-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command line in this process, with streams that are kept. */
export async function cli(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const mask = createMask();
  const io: Io = {
    out: (text) => out.push(mask.text(text)),
    err: (text) => err.push(mask.text(text)),
    stdin: options.stdin === undefined ? new PassThrough() : new PassThrough().end(options.stdin),
    stdout: new PassThrough(),
    isTTY: options.tty === true,
    canAsk: false,
    columns: () => options.columns ?? 80,
    rows: () => 24,
    env: options.env ?? {},
    cwd: options.cwd,
    live: {},
    isGone: () => false,
    mask,
  };
  const compose = async (): Promise<Drover> => {
    if (options.drover === undefined) throw new Error("this test does not get as far as the engine");
    return options.drover;
  };
  const code = await run({ argv, io, signal: options.signal ?? new AbortController().signal, compose });
  return { code, out: out.join(""), err: err.join("") };
}

/** Every file in a folder with its content and time, to see that nothing was touched. */
export function snapshot(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, mode } = statSync(path);
      return `${path} ${mode} ${mtimeMs} ${entry.isFile() ? readFileSync(path, "hex") : ""}`;
    })
    .sort()
    .join("\n");
}
