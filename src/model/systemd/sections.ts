import { z } from "zod";
import { concatSchema, outputSchema } from "../name.ts";
import type { OutputRef } from "../reference.ts";
import { type Concat, secretsIn, type Text } from "../secret.ts";

/** One value of a unit: systemd's own syntax, on one line. */
const textValue = z
  .string()
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), "a value is one line: control characters are not allowed")
  .refine((text) => !/\\\s*$/.test(text), "a value cannot end with a backslash: the next line would belong to it");

const open = "everybody may read what systemd knows: no secrets in a unit; name a closed file with EnvironmentFile=";

const oneValue = z.union([
  textValue,
  z.number(),
  z.boolean(),
  outputSchema,
  concatSchema.refine((text) => secretsIn(text).size === 0, open),
]);

const value = z.union([oneValue, z.array(oneValue).min(1)]);

const section = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "expected a key such as ExecStart"), value);

/** `[Unit]` and what is in it, then the section of its kind. */
const SECTIONS = {
  Unit: "`[Unit]`: description, order and requirements.",
  Service: "`[Service]`, of a service.",
  Socket: "`[Socket]`, of a socket.",
  Timer: "`[Timer]`, of a timer.",
  Path: "`[Path]`, of a path that is watched.",
  Mount: "`[Mount]`, of a mount.",
  Automount: "`[Automount]`, of a mount that waits for its first use.",
  Swap: "`[Swap]`, of swap space.",
  Slice: "`[Slice]`, of a slice.",
  Install: "`[Install]`: what starts it with the machine once it is enabled.",
} as const;

type Section = keyof typeof SECTIONS;

function described(name: Section): z.ZodOptional<typeof section> {
  return section
    .optional()
    .describe(`${SECTIONS[name]} Values are text, numbers, true (\`yes\`) or false (\`no\`); a list is one line each.`);
}

/** A unit's or a drop-in's content: by section, or as text. */
export const contentSchema = z
  .strictObject({
    Unit: described("Unit"),
    Service: described("Service"),
    Socket: described("Socket"),
    Timer: described("Timer"),
    Path: described("Path"),
    Mount: described("Mount"),
    Automount: described("Automount"),
    Swap: described("Swap"),
    Slice: described("Slice"),
    Install: described("Install"),
    text: z
      .union([
        z.string().refine((text) => !text.includes("\0"), "a NUL byte is not allowed"),
        outputSchema,
        concatSchema.refine((text) => secretsIn(text).size === 0, open),
      ])
      .optional()
      .describe("In place of sections: all of the file, as it is."),
  })
  .refine(
    ({ text, ...sections }) => (text === undefined) === Object.keys(sections).length > 0,
    "expected sections such as `Service: { ... }`, or `text`, and not both",
  );

export type ContentSpec = z.output<typeof contentSchema>;
type Value = z.output<typeof oneValue>;
export type Sections = Readonly<Record<string, Readonly<Record<string, Value | readonly Value[]>> | undefined>>;

/** Not the first line of units that `service` writes: it takes its own away. */
const HEADER = "# Managed by Drover: changes made here are overwritten.\n";

export function contentText({ text, ...sections }: ContentSpec): Text {
  return text ?? sectionsText(sections, HEADER);
}

/** The file's text, section by section. */
export function sectionsText(sections: Sections, header: string): Text {
  const parts = Object.entries(sections).flatMap(([name, keys]) =>
    keys === undefined ? [] : [`\n[${name}]\n`, ...Object.entries(keys).flatMap(keyLines)],
  );
  return joined([header, ...parts]);
}

function keyLines([key, value]: [string, Value | readonly Value[]]): Concat["concat"] {
  const values = Array.isArray(value) ? value : [value as Value];
  return values.flatMap((one) => [`${key}=`, ...partsOf(one), "\n"]);
}

function partsOf(value: Value): Concat["concat"] {
  if (typeof value === "boolean") return [value ? "yes" : "no"];
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return "concat" in value ? value.concat : [value as OutputRef];
}

/** References are filled in before anything is written; without one left it is plain text. */
function joined(parts: Concat["concat"]): Text {
  return parts.every((part) => typeof part === "string") ? parts.join("") : { concat: parts };
}
