import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { installHooks } from "./hooks.ts";
import { describeThrown, type WorkerInput, type WorkerResult } from "./message.ts";
import { toPlain } from "./plain.ts";
import { syntaxExcerpt } from "./syntax.ts";

/**
 * The thread in which a stack file runs: it may print, throw, loop for ever or end "the process" without harm.
 * It hands plain data back.
 */
// The one who starts this thread gives exactly this.
const input = workerData as WorkerInput;

function post(result: WorkerResult): void {
  parentPort?.postMessage(result);
}

function catchExit(): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    post({ kind: "exit", code: Number(code ?? 0) });
    return exit(code);
  };
}

async function load(): Promise<WorkerResult> {
  const module: object = await import(input.stackUrl);
  if (!("default" in module)) return { kind: "no-default", names: Object.keys(module) };
  const exported: unknown = await module.default;
  const value: unknown = typeof exported === "function" ? await exported({ environment: input.environment }) : exported;
  return { kind: "value", ...toPlain(value) };
}

catchExit();
// Stripping types needs a compiler that takes as long to start as all the rest: what it made is kept.
if (input.compileCache !== undefined) enableCompileCache(input.compileCache);
const lastLoaded = installHooks(input.stackUrl, input.droverUrl);
// Not awaited at the top: a stack file that waits for ever is to end this thread without a warning of Node's own.
load().then(post, (thrown: unknown) => {
  const parts = describeThrown(thrown);
  const excerpt = parts.name === "SyntaxError" && !parts.stack.startsWith("file:") ? syntaxExcerpt(lastLoaded()) : "";
  post({ kind: "threw", ...parts, stack: excerpt + parts.stack });
});
