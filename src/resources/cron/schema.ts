import { z } from "zod";
import { accountSchema, lineSchema, textSchema } from "../../model/name.ts";
import { maskText } from "../../model/secret.ts";
import { wrongSchedule } from "./schedule.ts";

const valueSchema = textSchema
  .refine(
    (text) => !/[\u0000-\u001f\u007f]/.test(maskText(text)),
    "a value is one line: control characters are not allowed",
  )
  .refine(
    (text) => !(maskText(text).includes('"') && maskText(text).includes("'")),
    "cron can quote a value that holds one kind of quotes, not both",
  );

export const cronSchema = z
  .strictObject({
    schedule: z
      .string()
      .superRefine((text, context) => {
        const wrong = wrongSchedule(text);
        if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
      })
      .describe(
        "When it runs: five fields (minute, hour, day of the month, month, day of the week) such as `15 3 * * mon-fri`, or `@daily` and the like. The machine's own time.",
      ),
    command: lineSchema
      .min(1)
      .refine((text) => text.trim() === text, "a command begins and ends without blanks")
      .refine((text) => !text.includes("\\%"), "`%` needs no backslash here: it is put before it in the file")
      .optional()
      .describe("What it runs: a line for the shell. `%` stands for itself. Cron logs it: no secrets."),
    run: z
      .array(lineSchema)
      .min(1)
      .refine(([program = ""]) => /^[^-=\s][^=\s]*$/.test(program), "expected a program first")
      .optional()
      .describe("In place of `command`: a program and its arguments, as they are."),
    user: accountSchema.default("root").describe("Who runs it; default root."),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a variable's name"), valueSchema)
      .default({})
      .describe(
        "Variables of the job, such as `PATH` and `MAILTO`. Cron does not expand them. With `secret(...)` in one, only root may read the file; a secret is one line.",
      ),
  })
  .refine(
    ({ command, run }) => (command === undefined) !== (run === undefined),
    "expected `command` or `run`, and not both",
  );

export type CronInput = z.input<typeof cronSchema>;
export type CronSpec = z.output<typeof cronSchema>;
