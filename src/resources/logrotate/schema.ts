import { z } from "zod";
import { accountSchema, lineSchema, modeSchema } from "../../model/name.ts";

const sizeSchema = z.union([
  z.number().int().positive(),
  z.string().regex(/^\d+[kMG]?$/, 'expected bytes, or a size such as "100M" (k, M or G)'),
]);

const pathSchema = lineSchema
  .refine((path) => path.startsWith("/"), "expected an absolute path, which may hold `*`")
  .refine((path) => !/["\\{}#]/.test(path), "a path with quotes, backslashes, braces or # cannot be written here");

const scriptSchema = z
  .array(lineSchema.refine((line) => line.trim() !== "endscript", "`endscript` comes by itself"))
  .min(1);

export const logrotateSchema = z
  .strictObject({
    paths: z
      .union([pathSchema, z.array(pathSchema).min(1)])
      .describe("The logs: a path, or several; `*` stands for any part of a name."),
    every: z
      .enum(["hourly", "daily", "weekly", "monthly", "yearly"])
      .optional()
      .describe("How often; without it, as /etc/logrotate.conf says. Hourly needs a logrotate that runs every hour."),
    keep: z.number().int().min(0).max(10_000).optional().describe("How many old ones stay."),
    size: sizeSchema.optional().describe("Rotates when it is larger, whatever the time: bytes, or `100M`."),
    minSize: sizeSchema.optional().describe("Rotates in time, and only when it is larger."),
    maxSize: sizeSchema.optional().describe("Rotates in time, and before that when it is larger."),
    maxAge: z.number().int().positive().optional().describe("Old ones go after so many days."),
    compress: z.boolean().optional().describe("Old ones are compressed; without it, as /etc/logrotate.conf says."),
    delayCompress: z.boolean().default(false).describe("Not the newest of the old ones; default false."),
    copyTruncate: z
      .boolean()
      .default(false)
      .describe(
        "Copies and empties it in place of renaming it, for what keeps it open; default false. Lines may get lost.",
      ),
    dateExt: z.boolean().optional().describe("Old ones are named by their date."),
    missingOk: z.boolean().default(true).describe("Logs that are not there are fine; default true."),
    ifEmpty: z.boolean().default(false).describe("Rotates empty ones, too; default false."),
    create: z
      .strictObject({
        mode: modeSchema.describe("Octal mode."),
        owner: accountSchema.describe("User."),
        group: accountSchema.describe("Group."),
      })
      .optional()
      .describe("What the new log is made as; without it, as /etc/logrotate.conf says."),
    su: z
      .strictObject({ user: accountSchema.describe("User."), group: accountSchema.describe("Group.") })
      .optional()
      .describe("Who rotates, for logs in a folder that others than root may write to."),
    oldDir: pathSchema.optional().describe("A folder for the old ones, on the same file system."),
    shared: z.boolean().default(false).describe("Scripts run once for all logs, not once for each; default false."),
    before: scriptSchema.optional().describe("Lines of shell that run before it rotates."),
    after: scriptSchema.optional().describe("Lines of shell that run after it rotated, such as a reload."),
  })
  .refine(
    ({ copyTruncate, create }) => !copyTruncate || create === undefined,
    "`create` has no use with `copyTruncate`",
  )
  .refine(({ delayCompress, compress }) => !delayCompress || compress !== false, "`delayCompress` needs `compress`");

export type LogrotateInput = z.input<typeof logrotateSchema>;
export type LogrotateSpec = z.output<typeof logrotateSchema>;
