import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { ABSENT, ANY, isUnknown, unknownWhy } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { argvSchema, attemptArgs } from "../model/attempt/argv.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { nameSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type PlanContext, type ResourceType } from "../model/resource.ts";
import { WAIT_FOR } from "./wait-for/ask.ts";

const portText = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

export const waitForSchema = z
  .strictObject({
    port: z
      .union([
        z.int().min(1).max(65_535),
        z.string().regex(portText, 'expected a port, or "host:port" such as "db:5432"'),
      ])
      .optional()
      .describe("A TCP port that something listens on here; as `host:port`, one that takes a connection."),
    url: z
      .string()
      .regex(/^https?:\/\/[^\s\u0000-\u001f]+$/, "expected an http or https URL")
      .optional()
      .describe("A URL that answers with a status below 400; needs `curl` or `wget` on the machine."),
    path: pathSchema.optional().describe("A path that is there, whatever it is."),
    command: argvSchema.optional().describe("A program that ends with 0; it must change nothing."),
    within: z.number().positive().max(86_400).default(60).describe("Seconds it may take; default 60."),
  })
  .refine(
    ({ port, url, path, command }) => [port, url, path, command].filter((one) => one !== undefined).length === 1,
    "expected one of `port`, `url`, `path` and `command`",
  );

export type WaitForInput = z.input<typeof waitForSchema>;
export type WaitForSpec = z.output<typeof waitForSchema>;

/** Something that has to be reached before what needs it goes on. Nothing of it stays on the machine. */
export const waitForType: ResourceType<WaitForSpec, "reached"> = {
  type: "wait-for",
  title: "A port, URL, path or program that has to be there or to answer before what needs it goes on.",
  schema: waitForSchema,
  sharing: "shared",
  askers: { "wait-for": WAIT_FOR },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("wait-for", nameSchema, name), spec)),
  parse(name, answers) {
    const answer = answers.get(`wait-for:${name}`) ?? ABSENT;
    // What it is asked with may come with a package of this run.
    if (isUnknown(answer) && !isBringing(answers)) return { kind: "unknown", why: unknownWhy(answer) };
    return answer === "reached" ? { kind: "present", state: "reached", owners: [] } : { kind: "absent" };
  },
  plan(name, spec, observed, context) {
    if (spec === undefined) return noop();
    const key = `wait-for:${name}`;
    return observed.kind === "present" ? noop({ [key]: "reached" }) : planWait(key, name, spec, context);
  },
  spec: () => ({ path: "/", within: 60 }),
};

export default defineResource(waitForType);

function questions(name: string, spec: WaitForSpec | undefined): Query[] {
  return spec === undefined ? [] : [{ kind: "wait-for", arg: name, extra: probe(spec) }];
}

function probe({ port, url, path, command }: WaitForSpec): string[] {
  if (typeof port === "number") return ["listens", String(port)];
  const [, host, number] = portText.exec(port ?? "") ?? [];
  if (host !== undefined && number !== undefined) return ["connect", host.replace(/[[\]]/g, ""), number];
  if (url !== undefined) return ["url", url];
  return command === undefined ? ["path", path ?? "/"] : ["command", ...attemptArgs(command, {})];
}

function planWait(key: string, name: string, spec: WaitForSpec, { answers }: PlanContext): Planned {
  const seen = answers.get(key);
  const [query] = questions(name, spec);
  if (seen === undefined || query === undefined) throw new DroverError("INTERNAL", `${key} was not answered`);
  const { within } = spec;
  const says = `${told(spec)} was not reached`;
  return {
    action: "create",
    diff: [{ path: told(spec), from: "", to: `reached within ${within} s` }],
    steps: [{ kind: "wait", query, to: "reached", within, says }],
    from: { [key]: isUnknown(seen) || isBringing(answers) ? ANY : seen },
    to: { [key]: "reached" },
  };
}

/** What is waited for, for people. */
function told({ port, url, path, command }: WaitForSpec): string {
  if (port !== undefined) return `port ${port}`;
  return url ?? path ?? (command ?? []).join(" ");
}
