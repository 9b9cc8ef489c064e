import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** What wrk counted. A release without loss has 0 in all but `requests`. */
export interface WrkReport {
  readonly requests: number;
  /** Answers that were neither 2xx nor 3xx. */
  readonly badStatus: number;
  readonly connect: number;
  readonly read: number;
  readonly write: number;
  readonly timeout: number;
  readonly perSecond: number;
}

export interface WrkOptions {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly threads: number;
  readonly connections: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Where it is; see `findWrk`. */
  readonly wrk: string;
}

/**
 * The path of wrk. Without it says loudly that it is skipped and returns undefined; when `DROVER_TEST_REQUIRE` is `all`,
 * throws.
 */
export function findWrk(
  environment: NodeJS.ProcessEnv = process.env,
  say: (text: string) => void = (text) => void process.stderr.write(text),
): string | undefined {
  const found = (environment["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "wrk"))
    .find(isExecutable);
  if (found !== undefined) return found;
  const text = "wrk is not installed: apt-get install wrk";
  if (environment["DROVER_TEST_REQUIRE"] === "all") throw new Error(text);
  say(`SKIPPED: ${text}\n`);
  return undefined;
}

/** Loads the target at full speed over keep-alive connections for `seconds`. */
export async function runWrk(options: WrkOptions): Promise<WrkReport> {
  const { address, port, host, path, threads, connections, seconds, signal, wrk } = options;
  const size = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`];
  const argv = [...size, "-H", `Host: ${host}`, `http://${address}:${port}${path}`];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(wrk, argv, { signal, timeout: (seconds + 30) * 1000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`wrk failed: ${stderr.trim() || stdout.trim() || error.message}`, { cause: error }));
    });
  });
  return parseWrk(output);
}

/** Reads the numbers out of wrk's report. */
export function parseWrk(output: string): WrkReport {
  const number = (pattern: RegExp): number | undefined => {
    const text = pattern.exec(output)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  const requests = number(/^\s*(\d+) requests in /m);
  const perSecond = number(/^Requests\/sec:\s+([\d.]+)$/m);
  if (requests === undefined || perSecond === undefined) throw new Error(`not a report of wrk: ${output}`);
  // wrk leaves a line out when all in it is 0.
  return {
    requests,
    perSecond,
    badStatus: number(/^\s*Non-2xx or 3xx responses: (\d+)$/m) ?? 0,
    connect: number(/^\s*Socket errors: connect (\d+),/m) ?? 0,
    read: number(/^\s*Socket errors: .* read (\d+),/m) ?? 0,
    write: number(/^\s*Socket errors: .* write (\d+),/m) ?? 0,
    timeout: number(/^\s*Socket errors: .* timeout (\d+)$/m) ?? 0,
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
