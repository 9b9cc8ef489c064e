import { getCompileCacheDir } from "node:module";
import { pathToFileURL } from "node:url";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { DroverError } from "../lib/error.ts";
import { displayPath } from "./find.ts";
import { describeThrown, type Thrown, type WorkerInput, type WorkerNews, type WorkerResult } from "./message.ts";
import { RoleThread } from "./role-thread.ts";
import { explainThrown } from "./thrown.ts";

export interface EvaluateOptions {
  readonly environment: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Where to put what the file prints: stdout belongs to Drover's own output. */
  readonly print: (text: string) => void;
  /** Seconds it may take. */
  readonly within: number;
}

type Value = Extract<WorkerResult, { kind: "value" }>;
/** Where it hung: in what the worker told last. */
type Ending = WorkerResult | { readonly kind: "hung"; readonly doing: string } | { readonly kind: "never" };

/** What a stack file exports, and the thread that calls its roles, if it has any. */
export interface Evaluated extends Value {
  readonly thread: RoleThread | undefined;
}

/** Runs a stack file in a thread of its own and gives what it exports by default, as plain data. */
export async function evaluate(file: string, options: EvaluateOptions): Promise<Evaluated> {
  const worker = startWorker(pathToFileURL(file).href, options);
  const ending = await waitFor(worker, options);
  if (ending.kind !== "value") throw explainEnding(ending, file, options);
  return { ...ending, thread: ending.roles === 0 ? undefined : new RoleThread(worker, options.within) };
}

/** This module's own folder holds the worker and, one up or beside it, the library: as sources and as a bundle. */
function neighbours(): { readonly worker: URL; readonly drover: URL } {
  const sources = import.meta.url.endsWith(".ts");
  return {
    worker: new URL(sources ? "./worker.ts" : "./worker.js", import.meta.url),
    drover: new URL(sources ? "../index.ts" : "./index.js", import.meta.url),
  };
}

function startWorker(stackUrl: string, options: EvaluateOptions): Worker {
  const { worker: entry, drover } = neighbours();
  const input: WorkerInput = {
    stackUrl,
    droverUrl: drover.href,
    environment: options.environment,
    compileCache: getCompileCacheDir(),
  };
  // The environment is shared: a file may call process.loadEnvFile() for the secrets that are read later.
  const worker = new Worker(entry, {
    workerData: input,
    env: SHARE_ENV,
    argv: [],
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding("utf8").on("data", options.print);
  return worker;
}

async function waitFor(worker: Worker, options: EvaluateOptions): Promise<Ending> {
  const deadline = AbortSignal.timeout(options.within * 1000);
  const { promise, resolve, reject } = Promise.withResolvers<Ending>();
  const cancel = (): void => reject(options.signal.reason);
  const expire = (): void => resolve({ kind: "hung", doing });
  let [said, doing]: [Ending, string] = [{ kind: "never" }, "the stack file"];
  worker.on("message", (news: WorkerResult | WorkerNews) => {
    if (news.kind === "called") return;
    if (news.kind === "doing") doing = `${news.what} of the stack file`;
    else said = news;
    if (news.kind === "value") resolve(news);
  });
  worker.on("error", (error) => resolve({ kind: "threw", ...describeThrown(error) }));
  worker.on("exit", () => resolve(said));
  deadline.addEventListener("abort", expire, { once: true });
  options.signal.addEventListener("abort", cancel, { once: true });
  try {
    options.signal.throwIfAborted();
    const ending = await promise;
    if (ending.kind !== "value" || ending.roles === 0) await worker.terminate();
    return ending;
  } catch (cancelled) {
    await worker.terminate();
    throw cancelled;
  } finally {
    deadline.removeEventListener("abort", expire);
    options.signal.removeEventListener("abort", cancel);
  }
}

function explainEnding(
  ending: Exclude<Ending, { kind: "value" }>,
  file: string,
  options: EvaluateOptions,
): DroverError {
  const wrong = (message: string, hint: string): DroverError =>
    new DroverError("CONFIG_INVALID", message, { where: { file: displayPath(file, options.cwd) }, hint });
  switch (ending.kind) {
    case "threw":
      return explainThrown(ending satisfies Thrown, file, options.cwd);
    case "exit":
      return wrong(
        `the stack file ended its process (process.exit(${ending.code}))`,
        "throw an error that says why instead",
      );
    case "hung":
      return wrong(
        `${ending.doing} was not done after ${options.within} s`,
        "look for a loop or an await in it that does not end",
      );
    case "never":
      return wrong(
        "the stack file waits for something that never happens",
        "look for an await in it that does not end",
      );
    case "no-default":
      return wrong(
        ending.names.length === 0
          ? "the stack file exports nothing"
          : `the stack file has no default export, only ${ending.names.slice(0, 5).join(", ")}`,
        "write `export default defineStack({ ... })`",
      );
    default:
      return ending satisfies never;
  }
}
