import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { factsOf } from "../../src/model/facts.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import { revealText } from "../../src/model/secret.ts";
import type { Step } from "../../src/model/step.ts";
import { askHere, type TestShell } from "./ask.ts";

/** What secrets are here: text that a careless quoting would break. */
export const SECRETS = (name: string): string => `${name}: it's "$(x)" \\ %s *`;

/** Runs a step as the runner does, with the tools of that shell. */
function run(step: Step, shell: TestShell, state: string): void {
  if (step.kind !== "exec" && step.kind !== "edit") throw new Error(`not run here: ${step.kind}`);
  const path = step.kind === "edit" ? step.path : "";
  const [, flag, script = "", ...words] = step.argv.map((word) => (word === "{}" && path !== "" ? path : word));
  if (flag !== "-c") throw new Error("not a script");
  const PATH = `${shell.tools === undefined ? "" : `${shell.tools}:`}${process.env["PATH"]}`;
  // Without --norc bash takes its input for a remote login's.
  const [command, ...args] = shell.name === "bash" ? [...shell.argv, "--norc"] : shell.argv;
  const input = step.stdin === undefined ? "" : revealText(step.stdin, SECRETS);
  const env = { PATH, LC_ALL: "C", DROVER_STATE: state };
  const { stdout, stderr, status } = spawnSync(command, [...args, "-c", script, ...words], { input, env });
  if (status !== 0 || stderr.length > 0) throw new Error(`${status}: ${stderr}${stdout}`);
  if (step.kind === "edit") writeFileSync(path, stdout);
}

/** Asks, plans and runs, as a run does, until nothing is to do. */
export function converge(
  type: AnyResourceType,
  name: string,
  spec: object | undefined,
  shell: TestShell,
  state: string,
): string[] {
  const actions: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    // Checked as a stack file is; the fields are plain.
    const wanted = spec as Parameters<AnyResourceType["plan"]>[1];
    const options = { secrets: SECRETS, env: { DROVER_STATE: state } };
    const answers = askHere(shell, type.askers, type.query([{ name, spec: wanted }], "t/x"), options);
    const seen = type.parse(name, answers);
    if (seen.kind === "unknown") throw new Error(seen.why);
    const plan = type.plan(name, wanted, seen, { owner: "t/x", facts: factsOf(answers), answers });
    actions.push(plan.action);
    for (const step of plan.steps) run(step, shell, state);
  }
  return actions;
}
