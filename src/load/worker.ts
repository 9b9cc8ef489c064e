import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { installHooks } from "./hooks.ts";
import { withMachines } from "./inventory.ts";
import { describeThrown, type RoleCalls, type WorkerInput, type WorkerNews, type WorkerResult } from "./message.ts";
import { toPlain } from "./plain.ts";
import { Roles } from "./role-calls.ts";
import { syntaxExcerpt } from "./syntax.ts";

/**
 * The thread in which a stack file runs: it may print, throw, loop for ever or end "the process" without harm.
 * It hands plain data back.
 */
// The one who starts this thread gives exactly this.
const input = workerData as WorkerInput;

function post(result: WorkerResult | WorkerNews): void {
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
  const context = { environment: input.environment };
  const stack: unknown = typeof exported === "function" ? await exported({ ...context }) : exported;
  post({ kind: "doing", what: "`machines`" });
  const { value, faults } = await withMachines(stack, context);
  const roles = new Roles();
  const plain = toPlain(value, roles.stand);
  if (roles.count > 0) parentPort?.on("message", (asked: RoleCalls) => void answer(asked, roles));
  return { kind: "value", value: plain.value, faults: [...faults, ...plain.faults], roles: roles.count };
}

async function answer({ id, calls }: RoleCalls, roles: Roles): Promise<void> {
  post({ kind: "called", id, answers: await Promise.all(calls.map((call) => roles.call(call))) });
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
