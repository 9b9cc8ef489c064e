import { z } from "zod";
import { isUnknown, unknownWhy } from "../model/answer.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { argvSchema, whereFields } from "../model/attempt/argv.ts";
import { checkName } from "../model/check-name.ts";
import { nameSchema, pathSchema, textSchema } from "../model/name.ts";
import { defineResource, type ResourceType } from "../model/resource.ts";
import { COMMAND } from "./command/ask.ts";
import { checkQuery, planCommand } from "./command/plan.ts";

const runsSchema = z.union([argvSchema.transform((argv) => [argv]), z.array(argvSchema).min(1)]);

export const commandSchema = z
  .strictObject({
    run: runsSchema.describe(
      'The program and its arguments: `["make", "install"]`; or a list of such, run one after the other. No shell reads them.',
    ),
    check: argvSchema
      .optional()
      .describe(
        "A program that ends with 0 when all is as wanted, and nothing has to run. It runs in every plan, for at most 30 s: it must change nothing.",
      ),
    creates: pathSchema.optional().describe("In place of `check`: a path that is there when all is as wanted."),
    undo: runsSchema
      .optional()
      .describe("What takes back what `run` did, in the form of `run`. It runs when `run` failed half-way."),
    ...whereFields,
    stdin: textSchema.optional().describe("What each program of `run` reads; may hold `secret(...)`."),
    within: z.number().positive().max(86_400).default(300).describe("Seconds that each program may take; default 300."),
  })
  .refine(
    ({ check, creates }) => (check === undefined) !== (creates === undefined),
    "expected either `check` (a program that ends with 0 when nothing is to do) or `creates` (a path): without one nobody can tell whether it has to run",
  );

export type CommandInput = z.input<typeof commandSchema>;
export type CommandSpec = z.output<typeof commandSchema>;

/**
 * What no other type can say: a program that runs when its own check says that it has to. After it ran the check has to
 * agree. When it leaves the file nothing is undone: what it did is known to nobody but it.
 */
export const commandType: ResourceType<CommandSpec, "done"> = {
  type: "command",
  title: "A program that runs when its own check says so: for what no other type can say.",
  schema: commandSchema,
  // What its check finds done is nobody's in particular.
  sharing: "shared",
  askers: { command: COMMAND },
  query: (wanted) => wanted.flatMap(({ name, spec }) => checkQuery(checkName("command", nameSchema, name), spec)),
  parse(name, answers) {
    const answer = answers.get(`command:${name}`);
    if (answer !== undefined && isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
    return answer === "done" ? { kind: "present", state: "done", owners: [] } : { kind: "absent" };
  },
  plan: planCommand,
  spec: () => ({ run: [["true"]], check: ["true"], within: 300 }),
  after: (_name, { user, cwd, run, check = [] }) => [
    ...(user === undefined ? [] : [`user:${user}`]),
    ...(cwd === undefined ? [] : [...foldersAbove(cwd), cwd].map((folder) => `directory:${folder}`)),
    ...[check, ...run].flatMap(([program = ""]) => (program.startsWith("/") ? [`file:${program}`] : [])),
  ],
};

export default defineResource(commandType);
