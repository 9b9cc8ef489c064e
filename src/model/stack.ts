import { z } from "zod";
import { type AppSpec, appSchema } from "./app.ts";
import { lineSchema, nameSchema } from "./name.ts";
import type { Json, SecretOrigin } from "./secret.ts";

/** `{ provider, ...options }`: what `local()` and `server()` return. */
export const machineSchema = z.looseObject({
  provider: z.string(),
  was: nameSchema.optional().describe("Its earlier key in the file. A machine itself is known by its machine-id."),
});

/** What a function such as `file()` returns: a resource that waits for its machine. */
export const declaredSchema = z.strictObject({
  type: z.string(),
  name: lineSchema.min(1),
  spec: z.custom<Json>((value) => value !== null && typeof value === "object", "expected the resource's fields"),
  needs: z.array(z.string()).default([]).describe("`type:name` of resources that come first."),
  was: z.string().optional().describe("Its earlier name: it is taken for the same thing."),
  protect: z.boolean().default(false).describe("Never removed, whatever leaves the file; default false."),
});

export const stackSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,30}$/, "expected 2 to 31 of a-z, 0-9 and -")
    .optional()
    .describe(
      "Identity of the stack on its targets, random, written by `drover init`. Without it the name stands for it.",
    ),
  name: nameSchema.describe("Name for people."),
  machines: z.record(nameSchema, machineSchema).describe("The machines by key."),
  resources: z.record(nameSchema, z.array(declaredSchema)).default({}).describe("Resources by machine."),
  apps: z.record(nameSchema, appSchema).default({}).describe("The apps by name."),
});

export type StackInput = z.input<typeof stackSchema>;
export type Declared = z.output<typeof declaredSchema>;
export type MachineSpec = z.output<typeof machineSchema>;

/** The desired state, validated. */
export interface Stack {
  readonly id: string;
  /** False where `id` was left out and the name stands for it: plans say so. */
  readonly hasId: boolean;
  readonly name: string;
  readonly environment: string;
  readonly machines: Readonly<Record<string, MachineSpec>>;
  readonly resources: Readonly<Record<string, readonly Declared[]>>;
  readonly apps: Readonly<Record<string, AppSpec>>;
  /** Where secrets come from, by name, for those that say so: plans and journals name secrets only. */
  readonly secrets?: Readonly<Record<string, SecretOrigin>>;
  /** Folder of the stack file: sources are relative to it. */
  readonly folder: string;
}

/** `gb-7f3k9q/production`: whose a thing is. */
export function ownerOf(stack: Pick<Stack, "id" | "environment">): string {
  return `${stack.id}/${stack.environment}`;
}
