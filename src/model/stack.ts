import { z } from "zod";
import { type AppSpec, appSchema } from "./app.ts";
import type { Facts } from "./facts.ts";
import { lineSchema, nameSchema } from "./name.ts";
import type { Json, SecretOrigin } from "./secret.ts";

/** `{ provider, ...options }`: what `local()` and `server()` return. */
export const machineSchema = z.looseObject({
  provider: z.string(),
  was: nameSchema.optional().describe("Its earlier key in the file. A machine itself is known by its machine-id."),
  values: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Whatever roles are to know of it: they get it as `machine.values`. Nothing else reads it."),
});

/** What a function such as `file()` returns: a resource that waits for its machine. */
export const declaredSchema = z.strictObject({
  type: z.string(),
  name: lineSchema.min(1),
  spec: z.custom<Json>((value) => value !== null && typeof value === "object", "expected the resource's fields"),
  needs: z.array(z.string()).default([]).describe("`type:name` of resources that come first."),
  was: z.string().optional().describe("Its earlier name: it is taken for the same thing."),
  protect: z.boolean().default(false).describe("Never removed, whatever leaves the file; default false."),
  at: z.string().optional().describe("Where it is written: `file:line`, set by the function that declares it."),
});

/** A machine, a group, or a pattern such as `web-*` that machines' keys match. */
const memberSchema = z
  .string()
  .regex(/^[a-z0-9*?]([a-z0-9*?-]{0,38}[a-z0-9*?])?$/, "expected a machine, a group, or a pattern such as web-*");

export const groupSchema = z.strictObject({
  machines: z.array(memberSchema).describe("Its machines: keys, other groups, or patterns such as `web-*`."),
  batch: z
    .union([
      z.int().min(1),
      z.string().regex(/^([1-9]\d?|100)%$/, 'expected a number of machines, or a share such as "25%"'),
    ])
    .optional()
    .describe('How many of its machines `up` changes at a time: a number, or a share such as `"25%"`; default all.'),
  maxFailures: z
    .int()
    .min(0)
    .default(0)
    .describe("With `batch`: how many of its machines may fail before no further batch begins; default 0."),
});

/** The stack as a stack file writes it, with its roles called and its inventory read. */
export const stackSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,30}$/, "expected 2 to 31 of a-z, 0-9 and -")
    .optional()
    .describe(
      "Identity of the stack on its targets, random, written by `drover init`. Without it the name stands for it.",
    ),
  name: nameSchema.describe("Name for people."),
  machines: z
    .record(nameSchema, machineSchema)
    .describe("The machines by key; or a function, which may be async, that gives them; or a list of such parts."),
  groups: z
    .record(nameSchema, z.union([z.array(memberSchema), groupSchema]))
    .default({})
    .describe("Names for several machines, to stand wherever a machine is named. `all` is every machine by itself."),
  resources: z
    .record(nameSchema, z.array(declaredSchema))
    .default({})
    .describe("Resources and roles by machine or group; a role is a function of facts that gives resources."),
  apps: z.record(nameSchema, appSchema).default({}).describe("The apps by name."),
});

/** What of a stack is written as it stands; machines and resources may be functions, too. */
export const stackFieldsSchema = stackSchema.omit({ machines: true, resources: true });
export type StackFields = z.input<typeof stackFieldsSchema>;
export type Declared = z.output<typeof declaredSchema>;
export type MachineSpec = z.output<typeof machineSchema>;

/** Machines under one name; those of a group within it are among them. */
export interface Group {
  readonly machines: readonly string[];
  readonly batch?: number | string | undefined;
  readonly maxFailures: number;
}

/** The desired state, validated. */
export interface Stack {
  readonly id: string;
  /** False where `id` was left out and the name stands for it: plans say so. */
  readonly hasId: boolean;
  readonly name: string;
  readonly environment: string;
  readonly machines: Readonly<Record<string, MachineSpec>>;
  /** Every machine is in `all`, where that is not a machine's own key. */
  readonly groups?: Readonly<Record<string, Group>>;
  readonly resources: Readonly<Record<string, readonly Declared[]>>;
  readonly apps: Readonly<Record<string, AppSpec>>;
  /** Where secrets come from, by name, for those that say so: plans and journals name secrets only. */
  readonly secrets?: Readonly<Record<string, SecretOrigin>>;
  /** Folder of the stack file: sources are relative to it. */
  readonly folder: string;
  /** Where there are roles: the resources of a machine with its own facts. The same ids as without, else it throws. */
  readonly withFacts?: (machine: string, facts: Facts, signal: AbortSignal) => Promise<readonly Declared[]>;
}

/** `gb-7f3k9q/production`: whose a thing is. */
export function ownerOf(stack: Pick<Stack, "id" | "environment">): string {
  return `${stack.id}/${stack.environment}`;
}
