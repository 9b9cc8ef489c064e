import { createMask, type Mask } from "./mask.ts";

/** What a command reads from and writes to: the process's own, or a test's. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** For prompts. */
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** A person looks at stdout: a live view may be drawn there. */
  readonly isTTY: boolean;
  /** A person can also answer. */
  readonly canAsk: boolean;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** While a live view is drawn: writes above it, where `err` would get in its way. What the first Ctrl-C says. */
  readonly live: { above?: ((text: string) => void) | undefined; stopping?: string };
  /** Whether the reader of stdout went away (`drover logs | head`). */
  readonly isGone: () => boolean;
  /** Values that must not be shown; `out` and `err` see to it. */
  readonly mask: Mask;
}

/** The process's own. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  const isTTY = stdout.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
  const mask = createMask();
  return {
    out: (text) => void stdout.write(mask.text(text)),
    err: (text) => void stderr.write(mask.text(text)),
    stdin,
    stdout,
    isTTY,
    canAsk: isTTY && stdin.isTTY === true,
    columns: () => stdout.columns || 80,
    rows: () => stdout.rows || 24,
    env,
    cwd: process.cwd(),
    live: {},
    isGone: () => stdout.destroyed || stdout.errored != null,
    mask,
  };
}

/** Whether to write in colour: NO_COLOR and FORCE_COLOR are what https://no-color.org and Node say. */
export function wantsColor(io: Io, noColorFlag: boolean): boolean {
  if (noColorFlag || io.env["NO_COLOR"]) return false;
  const forced = io.env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return io.isTTY;
}
