import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { REBOOT } from "./reboot/ask.ts";
import { KEY, planReboot } from "./reboot/plan.ts";

export const rebootSchema = z
  .strictObject({
    when: z
      .enum(["required", "changed"])
      .default("required")
      .describe(
        "`required`: when a package asks for a boot (/run/reboot-required); `changed`: when `of` is not what it was booted with.",
      ),
    of: z
      .union([z.string().transform((one) => [one]), z.array(z.string()).min(1)])
      .optional()
      .describe('Texts that a boot makes true, such as `output("file:/etc/default/grub", "sha256")`; for `changed`.'),
    within: z
      .number()
      .min(30)
      .max(3600)
      .default(300)
      .describe("Seconds that its services may take to end, until it goes down; default 300."),
    back: z
      .number()
      .min(30)
      .max(7200)
      .default(600)
      .describe("Seconds from then until it lets us in again, and the run goes on; default 600."),
  })
  .refine(
    ({ when, of }) => (when === "changed") === (of !== undefined),
    'expected `of` with `when: "changed"`, and only then',
  );

export type RebootInput = z.input<typeof rebootSchema>;
export type RebootSpec = z.output<typeof rebootSchema>;

export interface RebootState {
  readonly required: boolean;
}

const nameSchema = z.literal("main", "a machine has one reboot, and it is called main");

/** That a machine was booted since something asked for it: state like any other, so a boot is neither lost nor done twice. */
export const rebootType: ResourceType<RebootSpec, RebootState> = {
  type: "reboot",
  title: "A boot of the machine, when something asks for it.",
  schema: rebootSchema,
  // The machine runs before us and after us.
  sharing: "shared",
  askers: { reboot: REBOOT },
  query: (wanted) => wanted.map(({ name }) => ({ kind: "reboot", arg: checkName("reboot", nameSchema, name) })),
  parse: (_name, answers) => parse(answers),
  plan: (_name, spec, _observed, context) => (spec === undefined ? noop() : planReboot(spec, context)),
  spec: () => ({ when: "required", within: 300, back: 600 }),
  after: () => ["package:*"],
};

export default defineResource(rebootType);

function parse(answers: Answers): Observed<RebootState> {
  const answer = answers.get(KEY) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  return { kind: "present", state: { required: parseAnswer(answer).fields["required"] === "yes" }, owners: [] };
}
