import { z } from "zod";
import { digestOf } from "../../lib/digest.ts";
import { healthSchema, limitsSchema } from "../app.ts";
import { lineSchema, pathSchema, textSchema } from "../name.ts";

const part = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "expected a-z, 0-9 and `-`");
const thing = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "expected letters, digits, `_`, `.` and `-`");

/** An HTTP answer proves a process with a port; one without has to live for a while. */
export const proofSchema = z.discriminatedUnion("kind", [
  healthSchema.extend({ kind: z.literal("http"), port: z.int().min(1).max(65_535), host: z.string().default("") }),
  z.strictObject({ kind: z.literal("alive"), seconds: z.int().min(0).max(600) }),
]);

export const containerSchema = z.strictObject({
  image: z.string().regex(/^[\w][\w./:@-]*$/, "expected an image reference"),
  app: part,
  process: part,
  release: part,
  group: part,
  command: z.array(lineSchema).min(1).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), textSchema).default({}),
  files: z.record(pathSchema, textSchema).default({}),
  network: thing,
  address: z.ipv4(),
  volumes: z
    .array(z.strictObject({ name: thing, path: pathSchema, copy: z.boolean().default(true) }))
    .default([])
    .describe("`copy`: an empty volume starts with what the image has at the path."),
  limits: limitsSchema.default({ pids: 512 }),
  user: z
    .string()
    .regex(/^\d+(:\d+)?$/)
    .optional(),
  writable: z.boolean().default(false),
  capabilities: z.array(z.string().regex(/^[A-Z_]+$/)).default([]),
  stop: z.number().positive().default(30),
  proof: proofSchema,
  digest: z
    .string()
    .optional()
    .describe("Digest of what it is made from, in place of the fields: a container that is there, as it is."),
});
export type ContainerSpec = z.output<typeof containerSchema>;

/** What a change of does not need another container. */
const ELSEWHERE: readonly string[] = ["stop", "proof", "address", "network", "image"];

/**
 * Digest of what a container is made from: its label, by which a change is seen. Defaults and what Drover itself adds
 * are left out, so that a newer Drover restarts nothing. Secrets are in it by name.
 */
export function specDigest(spec: ContainerSpec): string {
  if (spec.digest !== undefined) return spec.digest;
  const { env, limits, ...rest } = spec;
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("DROVER_")));
  const told = Object.entries({ ...rest, env: own, ...limits }).filter(([name, value]) => {
    if (ELSEWHERE.includes(name) || value === undefined || value === false) return false;
    if (name === "pids") return value !== 512;
    return typeof value !== "object" || Object.keys(value).length > 0;
  });
  return digestOf(Object.fromEntries(told)).slice(0, 16);
}

/** Bytes of "256m" or "1g". */
export function bytesOf(size: string): number {
  return Number(size.slice(0, -1)) * (size.endsWith("g") ? 1024 ** 3 : 1024 ** 2);
}
