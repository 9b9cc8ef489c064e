import { z } from "zod";
import { fileBased } from "../model/file-based.ts";
import type { Query } from "../model/query.ts";
import type { AnyResourceType } from "../model/resource.ts";
import { SYSCTL, SYSCTL_CONF } from "./sysctl/ask.ts";
import { confPath, keySchema, plainValue } from "./sysctl/key.ts";
import { contentOf, effectsOf, followStep, notesOf, setStep, withBefore, withRestored } from "./sysctl/plan.ts";

const valueSchema = z
  .string()
  .refine((text) => text.trim() !== "", "a setting needs a value")
  .refine(
    (text) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text),
    "a setting is one line without control characters",
  );

export const sysctlSchema = z.strictObject({
  value: z
    .union([z.int(), valueSchema])
    .transform(plainValue)
    .describe("What it is set to, now and at every boot; white space counts as one space."),
});

export type SysctlInput = z.input<typeof sysctlSchema>;
export type SysctlSpec = z.output<typeof sysctlSchema>;

function queries(key: string): Query[] {
  return ["sysctl", "sysctl-conf"].map((kind) => ({ kind, arg: key }));
}

const base = fileBased<SysctlSpec>({
  type: "sysctl",
  brief: true,
  title: "A setting of the kernel, in the running system and in a file that brings it back at boot.",
  schema: sysctlSchema,
  names: keySchema,
  path: confPath,
  content: (key, { value }, answers) => contentOf(key, value, answers),
  askers: { sysctl: SYSCTL, "sysctl-conf": SYSCTL_CONF },
  queries,
  effects: (key, { value }, answers) => effectsOf(key, value, answers),
  activate: (key, spec, { answers }) => {
    if (spec === undefined) return [followStep(key)];
    return effectsOf(key, spec.value, answers).length === 0 ? [] : [setStep(key, spec.value)];
  },
  lacks: (key, { value }, { answers }) => notesOf(key, value, answers),
  // A module or a package may bring the setting.
  after: () => ["kernel-module:*", "package:*"],
});

/**
 * A setting of the kernel. When it leaves the file, the kernel gets back what other files say, or what it had before.
 */
const sysctl: AnyResourceType = {
  ...base,
  plan: (key, spec, observed, context) => {
    const planned = base.plan(key, spec, observed, context);
    return spec === undefined ? withRestored(key, planned, context) : withBefore(key, planned, context);
  },
};

export default sysctl;
