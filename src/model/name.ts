import { z } from "zod";

/** Names of machines, apps, processes and stacks: they become labels, file and host names. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "expected 1 to 40 of a-z, 0-9 and - (not first or last)");

/** An absolute path without control characters, `.` or `..` parts, or a trailing slash. */
export const pathSchema = z
  .string()
  .max(4096, "a path has at most 4096 bytes")
  .refine((path) => path.startsWith("/"), "expected an absolute path")
  .refine((path) => !/[\u0000-\u001f\u007f]/.test(path), "control characters are not allowed in a path")
  .refine(
    (path) => path === "/" || !/\/$|\/\/|\/\.{1,2}(\/|$)/.test(path),
    "expected a path without `//`, `.`, `..` or a trailing `/`",
  );

/** Free text on one line: no control characters. */
export const lineSchema = z
  .string()
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), "control characters are not allowed here");

/** A POSIX user or group name. */
export const accountSchema = z.string().regex(/^[a-z_][a-z0-9_-]{0,30}\$?$/, "expected a user or group name");

/** An octal mode such as `0644`. */
export const modeSchema = z.string().regex(/^0?[0-7]{3,4}$/, 'expected an octal mode as a string, such as "0644"');

/** `user:group`, or a numeric pair. */
export const ownerSchema = z
  .string()
  .regex(/^([a-z_][a-z0-9_-]*|\d+)(:([a-z_][a-z0-9_-]*|\d+))?$/, 'expected "user" or "user:group"')
  .transform((owner) => (owner.includes(":") ? owner : `${owner}:${owner}`));

/** A mode as the answers spell it: no leading zero unless a special bit needs it. */
export function plainMode(mode: string): string {
  return mode.replace(/^0+(?=[0-7]{3})/, "");
}

export const secretSchema = z.strictObject({
  secret: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as DB_PASSWORD"),
  file: z.string().min(1).optional(),
  command: z.array(lineSchema).min(1).optional(),
});

export const outputSchema = z.strictObject({
  ref: z
    .string()
    .regex(/^[\w.-]+$|^([a-z0-9-]+\/)?[a-z][a-z0-9-]*:.+$/s, 'expected a machine, "type:name" or "machine/type:name"'),
  output: z.string().regex(/^[a-zA-Z][\w-]*$/, "expected the name of an output"),
});

/** Parts of a text, one after the other. */
export const concatSchema = z.strictObject({ concat: z.array(z.union([z.string(), secretSchema, outputSchema])) });

/** Plain text, a reference to a secret or to another resource's output, or several of them one after the other. */
export const textSchema = z.union([
  z.string().refine((text) => !text.includes("\0"), "a NUL byte is not allowed"),
  secretSchema,
  outputSchema,
  concatSchema,
]);
