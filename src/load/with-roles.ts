import type { RoleFacts } from "../authoring/roles.ts";
import { DroverError } from "../lib/error.ts";
import type { Fault } from "./fault.ts";
import type { RoleAnswer } from "./message.ts";
import type { RoleThread } from "./role-thread.ts";
import { type RoleResults, type RoleUse, resultKey, roleMachines } from "./roles.ts";
import { explainThrown } from "./thrown.ts";

/** What roles returned, and what in it cannot be read as plain data. */
export interface Called {
  readonly results: RoleResults;
  readonly faults: readonly Fault[];
}

export interface RoleSurroundings {
  readonly value: unknown;
  readonly environment: string;
  readonly thread: RoleThread;
  readonly file: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Calls roles, each for its machine, with the facts of that machine. */
export async function callRoles(
  uses: readonly RoleUse[],
  factsOf: (machine: string) => RoleFacts,
  around: RoleSurroundings,
): Promise<Called> {
  const { value, environment, thread, signal } = around;
  const machineOf = roleMachines(value, environment);
  const calls = uses.map(({ role, machine }) => ({ role, machine: machineOf(machine), facts: factsOf(machine) }));
  const answers = await thread.call(calls, signal);
  const results = new Map(answers.map((answer) => [resultKey(answer.role, answer.machine), valueIn(answer, around)]));
  const faults = answers.flatMap((answer, index) => {
    const written = uses[index]?.path ?? [];
    if (answer.kind !== "value") return [];
    return answer.faults.map((fault) => ({ ...fault, path: [...written, ...fault.path] }));
  });
  return { results, faults };
}

function valueIn(answer: RoleAnswer, { file, cwd }: RoleSurroundings): unknown {
  if (answer.kind === "value") return answer.value;
  const who = answer.name === "" ? "a role" : `the role ${answer.name}`;
  const { code, message, where, hint, evidence } = explainThrown(answer.thrown, file, cwd, who);
  throw new DroverError(code, message, {
    where: { ...where, machine: answer.machine },
    evidence,
    ...(hint === undefined ? {} : { hint }),
  });
}
