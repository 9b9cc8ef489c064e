import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema } from "../model/name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { ENVIRONMENT } from "./environment/ask.ts";
import { planVariable, planVariableRemoval } from "./environment/plan.ts";

export const environmentSchema = z.strictObject({
  value: lineSchema
    .refine((text) => !text.includes("#"), "a # would begin a comment there, in quotes too")
    .describe("Its value, as it is: nothing is expanded. Everybody may read the file: no secrets."),
});

export type EnvironmentInput = z.input<typeof environmentSchema>;
export type EnvironmentSpec = z.output<typeof environmentSchema>;

const names = z
  .string()
  .max(200)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a variable's name such as JAVA_HOME");

export interface Variable {
  readonly value: string;
}

/**
 * One variable of /etc/environment, which pam_env gives to everybody who logs in and to jobs of cron. The file is shared:
 * all other lines in it stay as they are. A variable that somebody else put there is refused until it is adopted.
 */
export const environmentType: ResourceType<EnvironmentSpec, Variable> = {
  type: "environment",
  title: "A variable of everybody's environment, in /etc/environment. Services of systemd do not get it.",
  schema: environmentSchema,
  sharing: "exclusive",
  askers: { environment: ENVIRONMENT },
  query: (wanted) => wanted.map(({ name }) => ({ kind: "environment", arg: checkName("environment", names, name) })),
  parse: observeVariable,
  plan: (name, spec, observed, { answers }) =>
    spec === undefined ? planVariableRemoval(name, observed, answers) : planVariable(name, spec, observed),
  spec: (_name, { value }) => ({ value }),
  outputs: (_name, { value }) => ({ value }),
  after: () => ["file:/etc/environment"],
};

export default defineResource(environmentType);

function observeVariable(name: string, answers: Answers): Observed<Variable> {
  const answer = answers.get(`environment:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  return { kind: "present", state: { value: unword(fields["value"] ?? "") }, owners: [] };
}
