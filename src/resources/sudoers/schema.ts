import { z } from "zod";
import { lineSchema } from "../../model/name.ts";

/** sudo leaves out files of the folder whose names end in `~` or hold a dot. */
export const sudoersNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/,
    "expected letters, digits, _ and -: sudo ignores files with a dot or ~ in their names",
  );

/** `ann`, `%sudo`, `#1000`, `%#1000`, `ALL`, or an alias. */
const whoSchema = z
  .string()
  .regex(/^!?(%?#\d+|%?[A-Za-z_][A-Za-z0-9_.$-]{0,63})$/, 'expected a user, "%group", "#uid", "%#gid" or "ALL"');

const hostSchema = z
  .string()
  .regex(/^!?[A-Za-z0-9][A-Za-z0-9_.:/-]{0,254}$/, "expected a host's name, an address or ALL");

const commandSchema = lineSchema
  .refine((text) => text.trim() === text && text !== "", "expected a command without blanks around it")
  .refine(
    (text) => /^!?(\/|ALL$|sudoedit( |$)|[A-Z][A-Z0-9_]*$|list$|sha(224|256|384|512):)/.test(text),
    'expected a command by its whole path, such as "/usr/bin/systemctl restart app", "sudoedit /etc/x", an alias, or "ALL"',
  );

const TAGS = [
  ...["EXEC", "NOEXEC", "FOLLOW", "NOFOLLOW", "LOG_INPUT", "NOLOG_INPUT", "LOG_OUTPUT", "NOLOG_OUTPUT"],
  ...["MAIL", "NOMAIL", "INTERCEPT", "NOINTERCEPT", "SETENV", "NOSETENV"],
] as const;

const listOf = (schema: z.ZodType<string>) => z.union([schema, z.array(schema).min(1)]);

const ruleSchema = z.strictObject({
  who: listOf(whoSchema).describe('Users, `"%group"`, `"#uid"` or `"ALL"`.'),
  hosts: listOf(hostSchema).default("ALL").describe("Hosts on which it holds; default `ALL`."),
  as: z
    .union([
      listOf(whoSchema),
      z.strictObject({ users: listOf(whoSchema).optional(), groups: listOf(whoSchema).optional() }),
    ])
    .optional()
    .describe("As whom: users, or `{ users, groups }`; default root."),
  commands: listOf(commandSchema).describe(
    'Commands by their whole paths, with their arguments; `"ALL"` for any. Commas, colons and `=` in arguments are escaped for you; `*`, `?`, `[` and a backslash mean what sudoers(5) says.',
  ),
  nopasswd: z.boolean().optional().describe("Whether no password is asked; default as sudo's own settings say."),
  tags: z.array(z.enum(TAGS)).optional().describe("Further tags, such as `NOEXEC` or `SETENV`."),
});

export const sudoersSchema = z
  .strictObject({
    rules: z.array(ruleSchema).min(1).optional().describe("Rules, one line each; later ones win."),
    text: z
      .string()
      .max(100_000)
      .refine((text) => !text.includes("\0"), "a NUL byte is not allowed")
      .optional()
      .describe(
        "In place of rules: the file's text, for `Defaults` and aliases. sudo-rs (Ubuntu 25.10 and later) refuses `Defaults` that it does not know.",
      ),
  })
  .refine(({ rules, text }) => (rules === undefined) !== (text === undefined), "expected either `rules` or `text`");

export type Rule = z.output<typeof ruleSchema>;
export type SudoersInput = z.input<typeof sudoersSchema>;
export type SudoersSpec = z.output<typeof sudoersSchema>;
