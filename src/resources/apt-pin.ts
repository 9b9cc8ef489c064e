import { z } from "zod";
import { refuseWithoutApt } from "../model/apt/only.ts";
import { type FileBased, fileBased } from "../model/file-based.ts";
import { lineSchema } from "../model/name.ts";

export const pinSchema = z.strictObject({
  packages: z
    .array(z.string().regex(/^[^\s#]+$/, "expected names or patterns without white space"))
    .min(1)
    .describe(
      "What it is about: names, patterns such as `nginx*`, `src:postgresql-15`, `/^lib.*-dev$/`, or `*` for all.",
    ),
  pin: z
    .string()
    .regex(/^(release|version|origin) \S[^\r\n]*$/, 'expected "release ...", "version ..." or "origin ..."')
    .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), "control characters are not allowed here")
    .describe(
      "Which of their versions: `release n=bookworm-backports`, `version 1.26.*`, `origin packages.example.com`.",
    ),
  priority: z
    .int()
    .min(-32_768)
    .max(32_767)
    .refine((priority) => priority !== 0, "apt knows no priority 0")
    .describe(
      "Its weight: below 0 never, 100 only what is there, 500 as any, 990 before others, above 1000 also back to it.",
    ),
  explanation: lineSchema.optional().describe("Why, for whoever reads the file."),
});

export type AptPinInput = z.input<typeof pinSchema>;
export type PinSpec = z.output<typeof pinSchema>;

/** apt passes over files with other characters in their names. */
const pinName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}$/, "expected letters, digits, `_`, `-` and `.`, as apt takes them");

/** apt reads the staged file alone, and says what is wrong with it. */
const CHECK = `said=$(apt-cache -o "Dir::Etc::preferences=$1" -o Dir::Etc::preferencesparts=/dev/null policy 2>&1 >/dev/null)
code=$?; printf '%s\\n' "$said"; case $said in *[!\\ ]*) exit 1 ;; esac; exit $code`;

const base: FileBased<PinSpec> = {
  type: "apt-pin",
  brief: true,
  title: "Which version of a package apt prefers.",
  schema: pinSchema,
  names: pinName,
  path: (name) => `/etc/apt/preferences.d/${name}.pref`,
  content: (_name, { packages, pin, priority, explanation }) =>
    [
      ...(explanation === undefined ? [] : [`Explanation: ${explanation}`]),
      `Package: ${packages.join(" ")}`,
      `Pin: ${pin}`,
      `Pin-Priority: ${priority}`,
      "",
    ].join("\n"),
  plain: true,
  refuse: (name, _spec, { facts }) =>
    refuseWithoutApt(`apt-pin:${name}`, facts, "say `version` or `hold` of the packages themselves"),
  check: () => ["sh", "-c", CHECK, "sh", "{}"],
  notes: (_name, { priority }) =>
    priority > 1000 ? ["above 1000, an upgrade also takes packages back to an older version"] : [],
};

export default fileBased(base);
