import { z } from "zod";
import type { Answers } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { FILE_ASKERS, fileQueries } from "../model/whole-file/state.ts";
import { MODULE } from "./kernel-module/ask.ts";
import { type Files, filesOf, observeFiles, planModule, planRemoval } from "./kernel-module/plan.ts";

const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/, "expected the name of a kernel module, such as br_netfilter");

export const kernelModuleSchema = z.strictObject({
  blacklist: z
    .boolean()
    .default(false)
    .describe(
      "Kept out of the kernel, by name and by alias, and unloaded when nothing uses it. Default `false`: loaded, now and at every boot.",
    ),
});

export type KernelModuleInput = z.input<typeof kernelModuleSchema>;
export type KernelModuleSpec = z.output<typeof kernelModuleSchema>;

/** A module of the kernel. One that leaves the file stays loaded until the next boot. */
export const kernelModuleType: ResourceType<KernelModuleSpec, Files> = {
  type: "kernel-module",
  title: "A module of the kernel: loaded now and at boot, or kept out.",
  schema: kernelModuleSchema,
  sharing: "exclusive",
  askers: { ...FILE_ASKERS, module: MODULE },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("kernel-module", nameSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) => {
    const files = observed.kind === "present" ? observed.state : observeFiles(name, context.answers);
    if (spec === undefined) return planRemoval(name, files, context);
    return planModule(name, spec.blacklist, files, context);
  },
  spec: (_name, { deny }) => ({ blacklist: deny.kind === "present" }),
  after: () => ["package:*"],
};

export default defineResource(kernelModuleType);

function questions(name: string, spec: KernelModuleSpec | undefined): Query[] {
  const { load, deny } = filesOf(name);
  const files = [load, deny].flatMap((file) =>
    spec === undefined ? [{ kind: "path", arg: file.path }] : fileQueries(file),
  );
  return [...files, { kind: "module", arg: name }];
}

function parse(name: string, answers: Answers): Observed<Files> {
  const files = observeFiles(name, answers);
  const unknown = [files.load, files.deny].find((file) => file.kind === "unknown");
  if (unknown?.kind === "unknown") return unknown;
  if (files.load.kind === "absent" && files.deny.kind === "absent") return { kind: "absent" };
  return { kind: "present", state: files, owners: [] };
}
