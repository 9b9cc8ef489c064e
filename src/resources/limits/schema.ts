import { z } from "zod";
import { accountSchema } from "../../model/name.ts";

const amount = z.union([z.number().int().min(0), z.literal("unlimited")]);

const ITEMS = {
  core: "Size of core files, in KB.",
  data: "Data of a process, in KB.",
  fsize: "Size of a file, in KB.",
  memlock: "Memory locked into RAM, in KB.",
  nofile: "Open files.",
  rss: "Resident memory, in KB; the kernel does not heed it.",
  stack: "Stack, in KB.",
  cpu: "Processor time, in minutes.",
  nproc: "Processes.",
  as: "Address space, in KB.",
  maxlogins: "Logins of this user; not for uid 0.",
  maxsyslogins: "Logins on the machine in all.",
  locks: "Locks on files.",
  sigpending: "Signals that wait.",
  msgqueue: "Message queues, in bytes.",
} as const;

type Item = keyof typeof ITEMS;

function item(name: Item): z.ZodOptional<typeof amount> {
  return amount.optional().describe(ITEMS[name]);
}

const values = z.strictObject({
  core: item("core"),
  data: item("data"),
  fsize: item("fsize"),
  memlock: item("memlock"),
  nofile: item("nofile"),
  rss: item("rss"),
  stack: item("stack"),
  cpu: item("cpu"),
  nproc: item("nproc"),
  as: item("as"),
  maxlogins: item("maxlogins"),
  maxsyslogins: item("maxsyslogins"),
  locks: item("locks"),
  sigpending: item("sigpending"),
  msgqueue: item("msgqueue"),
});

export const limitsSchema = z
  .strictObject({
    domain: z
      .union([
        z.literal("*"),
        accountSchema,
        z.string().regex(/^@[a-z_][a-z0-9_-]{0,30}$/, 'expected a user, "@group", or "*" for everybody but root'),
      ])
      .describe("Whose logins: a user, `@group`, or `*` for everybody but root."),
    soft: values.optional().describe("What a login begins with; a program may raise it up to the hard one."),
    hard: values.optional().describe("What only root can raise."),
    both: values.optional().describe("Soft and hard alike."),
  })
  .refine(
    ({ soft = {}, hard = {}, both = {} }) => [soft, hard, both].some((group) => Object.keys(group).length > 0),
    "expected a limit in `soft`, `hard` or `both`",
  )
  .refine(
    ({ soft = {}, hard = {}, both = {} }) => Object.keys(both).every((name) => !(name in soft) && !(name in hard)),
    "what is in `both` is neither in `soft` nor in `hard`",
  )
  .refine(({ soft = {}, hard = {} }) => {
    const names = Object.keys(soft) as Item[]; // The schema allows no others.
    return names.every((name) => heightOf(soft[name]) <= heightOf(hard[name]));
  }, "a soft limit is at most the hard one");

function heightOf(limit: number | "unlimited" | undefined): number {
  return typeof limit === "number" ? limit : Number.POSITIVE_INFINITY;
}

export type LimitsInput = z.input<typeof limitsSchema>;
export type LimitsSpec = z.output<typeof limitsSchema>;
