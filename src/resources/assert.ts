import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { ABSENT, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { argvSchema, attemptArgs, whereFields } from "../model/attempt/argv.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, nameSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type PlanContext, type ResourceType } from "../model/resource.ts";
import { ASSERT } from "./assert/ask.ts";

const FACTS = ["arch", "os", "release", "init", "hostname", "user", "memory-mb", "disk-mb"] as const;

export const assertSchema = z
  .strictObject({
    command: argvSchema
      .optional()
      .describe("A program that ends with 0 where it holds. It runs in every plan: it must change nothing."),
    ...whereFields,
    fact: z.enum(FACTS).optional().describe("In place of `command`: a fact of the machine, with `is` or `atLeast`."),
    is: z
      .union([lineSchema.transform((one) => [one]), z.array(lineSchema).min(1)])
      .optional()
      .describe("What the fact has to be, or a list of what it may be."),
    atLeast: z.number().optional().describe("What the fact has to be at least: `memory-mb` and `disk-mb` are numbers."),
    says: lineSchema.min(1).describe("What it means when it does not hold, and what to do: shown with the evidence."),
  })
  .refine(
    ({ command, fact }) => (command === undefined) !== (fact === undefined),
    "expected either `command` or `fact`",
  )
  .refine(
    ({ fact, is, atLeast }) => (fact === undefined ? 0 : 1) === [is, atLeast].filter((one) => one !== undefined).length,
    "expected `is` or `atLeast` beside `fact`",
  )
  .refine(
    ({ fact, user, cwd, env }) => fact === undefined || [user, cwd, env].every((one) => one === undefined),
    "`user`, `cwd` and `env` are for `command`",
  );

export type AssertInput = z.input<typeof assertSchema>;
export type AssertSpec = z.output<typeof assertSchema>;

/** Something that has to hold when a plan is made. Where it does not, the plan is refused with the evidence. */
export const assertType: ResourceType<AssertSpec, "holds"> = {
  type: "assert",
  title: "Something that has to hold before anything is changed.",
  schema: assertSchema,
  sharing: "shared",
  askers: { assert: ASSERT },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("assert", nameSchema, name), spec)),
  parse(name, answers) {
    const answer = answers.get(`assert:${name}`) ?? ABSENT;
    if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
    return answer === "holds" ? { kind: "present", state: "holds", owners: [] } : { kind: "absent" };
  },
  plan: (name, spec, _observed, context) => (spec === undefined ? noop() : planAssert(name, spec, context)),
  spec: () => ({ command: ["true"], says: "it holds" }),
};

export default defineResource(assertType);

function questions(name: string, spec: AssertSpec | undefined): Query[] {
  if (spec?.command === undefined) return [];
  return [{ kind: "assert", arg: name, extra: attemptArgs(spec.command, spec) }];
}

function planAssert(name: string, spec: AssertSpec, context: PlanContext): Planned {
  const key = `assert:${name}`;
  const against = spec.command === undefined ? factAgainst(spec, context) : commandAgainst(spec.command, key, context);
  if (against === undefined) return noop(spec.command === undefined ? {} : { [key]: "holds" });
  throw new DroverError("CONFLICT", `${key} does not hold: ${spec.says} (${against})`, {
    hint: "mend that, or take the assertion out of the file; nothing was changed",
  });
}

/** What speaks against it, for people. */
function commandAgainst(command: readonly string[], key: string, { answers }: PlanContext): string | undefined {
  const answer = answers.get(key) ?? "";
  if (answer === "holds") return undefined;
  const { code = "?", said = "" } = parseAnswer(answer).fields;
  const words = unword(said).trim();
  return `${command.join(" ")} ended with ${code}${words === "" ? "" : `: ${words}`}`;
}

function factAgainst({ fact, is, atLeast }: AssertSpec, { facts }: PlanContext): string | undefined {
  const seen = unword(facts.answers.get(`fact:${fact}`) ?? "");
  if (is !== undefined) return is.includes(seen) ? undefined : `${fact} is ${seen}, not ${is.join(" or ")}`;
  if (seen === "") return `${fact} is not known`;
  const enough = Number(seen) >= (atLeast ?? 0);
  return enough ? undefined : `${fact} is ${seen}, and not at least ${atLeast}`;
}
