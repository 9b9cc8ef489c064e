import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import { textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { maskText } from "../model/secret.ts";
import { DEBCONF, DEBCONF_ANSWER, DEBCONF_SECRET } from "./debconf/ask.ts";
import { planAnswers, planRemoval } from "./debconf/plan.ts";
import { keyOfQuestion, textOf } from "./debconf/question.ts";

const questionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9+._/-]*$/, "expected a question such as postfix/mailname");

const answerSchema = z.union([
  z.boolean(),
  textSchema.refine((text) => {
    const shown = maskText(text);
    return shown.trim() === shown && !/[\u0000-\u001f\u007f]|[^\S ]|\\n/.test(shown);
  }, "expected one line without white space around it"),
]);

export const debconfSchema = z.strictObject({
  answers: z
    .record(questionSchema, answerSchema)
    .describe(
      "Question to answer: text, `true` or `false`; several choices are joined by `, `. A password is a `secret(...)` of one line.",
    ),
});

export type DebconfInput = z.input<typeof debconfSchema>;
export type DebconfSpec = z.output<typeof debconfSchema>;

export interface DebconfState {
  /** Answers that were given, by question; none of a password. */
  readonly answers: Readonly<Record<string, string>>;
}

const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, "expected a package's name without its architecture");

/**
 * What a package asks while it is installed, answered before. One that is installed takes an answer up when it is next
 * configured. Passwords are kept where only root reads them, and are compared on the machine.
 */
export const debconfType: ResourceType<DebconfSpec, DebconfState> = {
  type: "debconf",
  title: "Answers to what a package asks while it is installed.",
  schema: debconfSchema,
  sharing: "shared",
  askers: { debconf: DEBCONF, "debconf-answer": DEBCONF_ANSWER, "debconf-secret": DEBCONF_SECRET },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("debconf", packageName, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planAnswers(name, spec, context),
  spec: (_name, { answers }) => ({ answers: { ...answers } }),
};

export default defineResource(debconfType);

function questions(name: string, spec: DebconfSpec | undefined): Query[] {
  const whole = ["debconf", "package"].map((kind) => ({ kind, arg: name }));
  const each = Object.entries(spec?.answers ?? {}).map(([question, answer]): Query => {
    const isSecret = keyOfQuestion(question, answer).startsWith("debconf-secret:");
    return isSecret
      ? { kind: "debconf-secret", arg: question, extra: [textOf(answer), name] }
      : { kind: "debconf-answer", arg: question };
  });
  return [...whole, ...each];
}

function parse(name: string, answers: Answers): Observed<DebconfState> {
  const answer = answers.get(`debconf:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  const given = (fields["names"] ?? "").split(",").flatMap((question) => {
    const seen = parseAnswer(answers.get(`debconf-answer:${question}`) ?? "");
    return seen.head === "answer" && seen.fields["seen"] === "yes"
      ? [[question, unword(seen.fields["value"] ?? "")] as const]
      : [];
  });
  return { kind: "present", state: { answers: Object.fromEntries(given) }, owners: [] };
}
