import { z } from "zod";
import { accountSchema, lineSchema } from "../../model/name.ts";
import { unitNameSchema } from "../../model/systemd/name.ts";

const UNITS = "us|usec|ms|msec|s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?|w|weeks?|M|months?|y|years?";

const spanSchema = z.union([
  z.number().positive(),
  z
    .string()
    .regex(
      new RegExp(`^(\\s*\\d+(\\.\\d+)?\\s*(${UNITS}))+\\s*$`),
      'expected seconds, or a span such as "15min" or "1h 30min"',
    ),
]);

const calendarSchema = lineSchema
  .min(1)
  .describe("An expression that systemd knows, such as `daily` or `Mon..Fri 06:30`.");

/** Its own name: `backup` for backup.timer. */
export const timerName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9:_.-]*$/, "expected a timer's name such as backup")
  .refine((name) => !name.endsWith(".timer"), "the `.timer` comes by itself")
  .refine((name) => !name.endsWith(".service"), "expected a timer's name such as backup");

export const timerSchema = z
  .strictObject({
    calendar: z
      .union([calendarSchema, z.array(calendarSchema).min(1)])
      .optional()
      .describe(
        "When it runs, by the calendar: `daily`, `*-*-* 03:15`, or several of them. systemd checks them on the machine.",
      ),
    onBoot: spanSchema.optional().describe("How long after the machine started it runs: seconds, or `5min`."),
    every: spanSchema
      .optional()
      .describe(
        "How long after it ran it runs again, and how long after the timer began it runs first: seconds, or `15min`.",
      ),
    persistent: z
      .boolean()
      .default(false)
      .describe("Makes up at once for a time that passed while the machine was off; default false. Needs `calendar`."),
    randomDelay: spanSchema.optional().describe("Up to how much later it runs, by chance: seconds, or `10min`."),
    run: z
      .array(lineSchema)
      .min(1)
      .refine(
        ([program = ""]) => /^[A-Za-z0-9_/][A-Za-z0-9_@+=:,./-]*$/.test(program),
        "expected a program first, by its path or its name",
      )
      .optional()
      .describe(
        "What it runs: a program and its arguments, as they are, without a shell. Everybody may read them: no secrets.",
      ),
    user: accountSchema.optional().describe("Who runs it; default root. Needs `run`."),
    unit: unitNameSchema.optional().describe("In place of `run`: a unit that it starts, such as backup.service."),
  })
  .refine(({ run, unit }) => (run === undefined) !== (unit === undefined), "expected `run` or `unit`, and not both")
  .refine(
    ({ calendar, onBoot, every }) => calendar !== undefined || onBoot !== undefined || every !== undefined,
    "expected a time: `calendar`, `onBoot` or `every`",
  )
  .refine(({ persistent, calendar }) => !persistent || calendar !== undefined, "`persistent` is for a `calendar` only")
  .refine(({ user, run }) => user === undefined || run !== undefined, "`user` needs `run`");

export type TimerInput = z.input<typeof timerSchema>;
export type TimerSpec = z.output<typeof timerSchema>;
