import { z } from "zod";
import { type Answers, isUnknown, unknownWhy } from "../model/answer.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { FSTAB } from "../model/fstab/ask.ts";
import { type SeenEntry, seenEntry } from "../model/fstab/entry.ts";
import { lineSchema, pathSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { MOUNT } from "./mount/ask.ts";
import { flagsOf } from "./mount/options.ts";
import { planMount, planRemoval } from "./mount/plan.ts";
import { mountedOf } from "./mount/steps.ts";

const targetSchema = pathSchema.refine(
  (path) => path !== "/",
  "the root of the file system is mounted by the boot loader",
);

export const mountSchema = z.strictObject({
  source: lineSchema
    .min(1)
    .refine((text) => !text.startsWith("-"), "a source does not begin with `-`")
    .describe("What is mounted: `UUID=...`, `LABEL=...`, a device, a folder (`bind`), `tmpfs`, `server:/path` (nfs)."),
  type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, "expected the type of a file system, such as ext4, or bind")
    .default("auto")
    .describe("Type of the file system, or `bind` for a folder that is shown at a second place; default `auto`."),
  options: z
    .array(
      z.string().regex(/^[^\s,\u0000-\u001f\u007f#]+$/, "expected one option for each text, without commas and blanks"),
    )
    .default([])
    .describe("Options, such as `noatime` or `size=64m`; default none (`defaults`)."),
  nofail: z.boolean().default(false).describe("The machine boots without it when it is missing. Default `false`."),
  pass: z
    .int()
    .min(0)
    .max(2)
    .default(0)
    .describe("When it is checked at boot: 0 never (the default), 1 first, 2 after that."),
  mounted: z.boolean().default(true).describe("Whether it is mounted now; default `true`."),
});

export type MountInput = z.input<typeof mountSchema>;
export type MountSpec = z.output<typeof mountSchema>;

export interface MountState {
  readonly entry: SeenEntry;
  readonly isMounted: boolean;
}

/** A file system in its place: in /etc/fstab and mounted now. When it leaves the file, it is unmounted; its folder stays. */
export const mountType: ResourceType<MountSpec, MountState> = {
  type: "mount",
  title: "A file system in its place, now and at boot.",
  schema: mountSchema,
  sharing: "exclusive",
  askers: { fstab: FSTAB, mount: MOUNT },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("mount", targetSchema, name), spec)),
  parse,
  plan: (target, spec, observed, context) => {
    const entry = observed.kind === "present" ? observed.state.entry : undefined;
    if (spec !== undefined) return planMount(target, spec, entry, context);
    return entry === undefined ? noop() : planRemoval(target, entry, context);
  },
  spec: (_target, state) => specOf(state),
  // A network's or a file system's tools come with packages.
  after: (target, { source, type }) => [
    ...[...foldersAbove(target), target, ...(type === "bind" ? [source] : [])].map((path) => `directory:${path}`),
    `filesystem:${source}`,
    ...foldersAbove(target).map((path) => `mount:${path}`),
    "package:*",
  ],
};

export default defineResource(mountType);

function questions(target: string, spec: MountSpec | undefined): Query[] {
  const extra = spec === undefined ? {} : { extra: ["=", spec.source, spec.type, flagsOf(spec)] };
  return [
    { kind: "fstab", arg: target },
    { kind: "mount", arg: target, ...extra },
  ];
}

function parse(target: string, answers: Answers): Observed<MountState> {
  const answer = answers.get(`fstab:${target}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const entry = seenEntry(target, answers);
  if (entry === undefined) return { kind: "absent" };
  return { kind: "present", state: { entry, isMounted: mountedOf(target, answers).isThere }, owners: [] };
}

/** An entry as the schema has it; a bind mount is one by its options. */
function specOf({ entry, isMounted }: MountState): MountSpec {
  const words = entry.options.split(",").filter((word) => word !== "" && word !== "defaults");
  const isBind = words.includes("bind");
  const { pass } = mountSchema.shape;
  return {
    source: entry.source,
    type: isBind ? "bind" : entry.type,
    options: words.filter((word) => word !== "bind"),
    nofail: words.includes("nofail"),
    pass: pass.safeParse(Number(entry.pass)).data ?? 0,
    mounted: isMounted,
  };
}
