import { z } from "zod";
import { accountSchema, lineSchema, modeSchema, pathSchema, textSchema } from "../../model/name.ts";

/** What crypt(3) makes: `$id$...`, or the thirteen characters of old. */
const HASH = /^(\$[^:\s!*]+|[./0-9A-Za-z]{13})$/;

const passwordSchema = z.union([
  z.strictObject({
    hash: textSchema
      .refine(
        (text) => typeof text !== "string" || HASH.test(text),
        "not a crypt hash: make one with `mkpasswd -m yescrypt`, and keep it as a secret",
      )
      .describe(
        "A crypt hash, best as `secret(...)`: one that is written here is seen in plans. Never the password itself.",
      ),
  }),
  z.literal("locked"),
  z.literal("none"),
]);

const DAY = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'expected a day such as "2027-01-31", or "never"')
  .refine((day) => Number.isInteger(Date.parse(day)), "expected a day of the calendar");

export const userSchema = z
  .strictObject({
    uid: z.int().min(1).max(4_294_967_294).optional().describe("Number; default the next free one."),
    group: accountSchema
      .optional()
      .describe("Its primary group, which has to be there; default one of its own name, made with it."),
    home: pathSchema
      .refine((path) => !path.includes(":"), "a colon cannot be in a home's path")
      .optional()
      .describe("Home folder; default `/home/<name>`. Made with the user, not moved later."),
    createHome: z
      .boolean()
      .optional()
      .describe(
        "Whether its home is made from /etc/skel when the user is made. `true` also makes a home that is missing later. Default true, and false for a `system` user without `home`.",
      ),
    homeMode: modeSchema.optional().describe("Octal mode of its home; default the system's, and as it is later."),
    removeHome: z
      .boolean()
      .optional()
      .describe(
        "Whether its home and mail go when the user leaves the file; default false. They are data: `--allow-delete` has to be said then.",
      ),
    shell: pathSchema.optional().describe("Login shell; default the system's, and none for a `system` user."),
    groups: z.array(accountSchema).optional().describe("Groups it is in as well as its primary one."),
    groupsExclusive: z
      .boolean()
      .default(false)
      .describe("Whether it leaves groups that are not in `groups`; default false: it stays in them."),
    system: z.boolean().default(false).describe("Made with a number of the system's range, and without a home folder."),
    comment: lineSchema
      .refine((text) => !text.includes(":"), "a colon cannot be in a comment")
      .optional()
      .describe("Its full name or purpose."),
    password: passwordSchema
      .optional()
      .describe(
        '`{ hash }`; `"locked"`: no password opens it (`!` or `*`); `"none"`: it opens without one. Default: none opens a new user, and one that is there keeps its own.',
      ),
    locked: z
      .boolean()
      .optional()
      .describe("Whether the password is locked, its hash kept (`!` before it); default as it is. Keys still open it."),
    expires: z
      .union([z.literal("never"), DAY])
      .optional()
      .describe(
        'The day (UTC) from which it is closed, keys and all, such as `"2027-01-31"`, or `"never"`; default as it is.',
      ),
    subids: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe(
        "Subordinate user and group numbers that it has at least, for rootless containers, such as 65536; default the system's.",
      ),
  })
  .refine(
    ({ password, locked }) => !(password === "locked" && locked === false),
    'password "locked" and `locked: false` contradict each other: take one out',
  )
  .refine(
    ({ password, locked }) => !(password === "none" && locked === true),
    'password "none" and `locked: true` contradict each other: say `password: "locked"`',
  );

export type UserInput = z.input<typeof userSchema>;
export type UserSpec = z.output<typeof userSchema>;
