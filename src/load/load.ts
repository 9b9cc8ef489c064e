import { dirname } from "node:path";
import { DroverError } from "../lib/error.ts";
import { DEFAULT_ENVIRONMENT } from "../model/environment.ts";
import type { Stack } from "../model/stack.ts";
import { evaluate } from "./evaluate.ts";
import { type Fault, formatFault, quoted } from "./fault.ts";
import { displayPath, findStackFile } from "./find.ts";
import type { Schemas } from "./validate.ts";
import type { Called, RoleSurroundings } from "./with-roles.ts";

export interface LoadOptions {
  readonly environment?: string | undefined;
  readonly cwd: string;
  /** May still be on their way while the file runs. */
  readonly schemas: Schemas | PromiseLike<Schemas>;
  readonly signal: AbortSignal;
  /** Gets what the stack file prints. */
  readonly print?: (text: string) => void;
  /** Seconds that the stack file may take. */
  readonly within?: number;
}

/** More than anybody reads; a file that is wrong everywhere ends there. */
const MOST_SHOWN = 200;

/**
 * Finds, runs and checks a stack file. Whatever is wrong with it is a `CONFIG_INVALID` with all that was found as
 * evidence, a line each; nothing has been touched then.
 */
export async function loadStack(file: string | undefined, options: LoadOptions): Promise<Stack> {
  const { cwd, signal, within = 30, print = printToStderr, environment = DEFAULT_ENVIRONMENT } = options;
  if (environment !== DEFAULT_ENVIRONMENT) await checkEnvironment(environment);
  const path = findStackFile(file, cwd);
  // The file runs in a thread of its own; the schemas, the slowest part to load, come meanwhile.
  const evaluating = evaluate(path, { environment, cwd, signal, print, within });
  const [{ value, thread, faults: unread }, { validate }, schemas] = await Promise.all([
    evaluating,
    import("./validate.ts"),
    options.schemas,
  ]);
  const around = { value, environment, file: path, cwd };
  const called = thread === undefined ? NONE : await callWithoutFacts({ ...around, thread, signal });
  const faults = [...unread, ...called.faults];
  const validated = validate(value, { schemas, folder: dirname(path), environment }, called.results);
  const wrong = (all: readonly Fault[]): DroverError => wrongFile(displayPath(path, cwd), all);
  if (faults.length > 0 || !("stack" in validated)) {
    throw wrong([...faults, ...("faults" in validated ? beside(validated.faults, faults) : [])]);
  }
  const { stack } = validated;
  if (thread === undefined) return stack;
  const { factful } = await import("./with-facts.ts");
  return {
    ...stack,
    withFacts: factful({ stack, before: called.results, around: { ...around, thread }, schemas, wrong }),
  };
}

const NONE: Called = { results: new Map(), faults: [] };

/** Which resources there are has to be known before any machine was asked. */
async function callWithoutFacts(around: RoleSurroundings): Promise<Called> {
  const { callRoles } = await import("./with-roles.ts");
  const { roleUses, sampleFacts } = await import("./roles.ts");
  return callRoles(roleUses(around.value), sampleFacts, around);
}

async function checkEnvironment(environment: string): Promise<void> {
  const { nameSchema } = await import("../model/name.ts");
  if (nameSchema.safeParse(environment).success) return;
  throw new DroverError("CONFIG_INVALID", `${quoted(environment)} is not a name for an environment`, {
    hint: "use 1 to 40 of a-z, 0-9 and -, such as staging",
  });
}

/** Those faults that do not merely follow from a part that could not be read at all. */
function beside(faults: readonly Fault[], unreadable: readonly Fault[]): Fault[] {
  const starts = (path: readonly PropertyKey[], start: readonly PropertyKey[]): boolean =>
    start.every((key, index) => String(path[index]) === String(key));
  return faults.filter((fault) => !unreadable.some(({ path }) => starts(fault.path, path)));
}

function wrongFile(file: string, faults: readonly Fault[]): DroverError {
  const lines = faults.slice(0, MOST_SHOWN).map(formatFault);
  const more = faults.length - lines.length;
  return new DroverError(
    "CONFIG_INVALID",
    faults.length === 1 ? "the stack file has a mistake" : `the stack file has ${faults.length} mistakes`,
    {
      where: { file },
      evidence: more > 0 ? [...lines, `and ${more} more`] : lines,
      hint: "correct the file and run the command again; nothing was touched",
    },
  );
}

function printToStderr(text: string): void {
  process.stderr.write(text);
}
