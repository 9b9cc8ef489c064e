import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { ANY, type Answers, formatAnswer, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { LV, VG } from "../model/lvm/ask.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";

const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,62}\/[A-Za-z0-9_][A-Za-z0-9_+.-]{0,62}$/,
    "expected a volume group and a name, such as vg/data",
  );

const MIB = 1024 ** 2;

export const logicalVolumeSchema = z.strictObject({
  size: z
    .string()
    .regex(/^[1-9]\d{0,6}[MG]$/, "expected a size such as 512M or 20G")
    .transform((size) => Number(size.slice(0, -1)) * (size.endsWith("G") ? 1024 * MIB : MIB))
    .describe(
      "Its size at least: `512M`, `20G` (MiB and GiB), rounded up to whole extents. It grows and never shrinks.",
    ),
});

export type LogicalVolumeInput = z.input<typeof logicalVolumeSchema>;
export type LogicalVolumeSpec = z.output<typeof logicalVolumeSchema>;

export interface LogicalVolumeState {
  readonly size: number;
  readonly uuid: string;
}

/** A logical volume of LVM, `/dev/<group>/<name>`. It never shrinks; when it leaves the file, it stays with all that is in it. */
export const logicalVolumeType: ResourceType<LogicalVolumeSpec, LogicalVolumeState> = {
  type: "logical-volume",
  title: "A logical volume of LVM: made and extended, never made smaller.",
  schema: logicalVolumeSchema,
  sharing: "shared",
  askers: { lv: LV, vg: VG },
  query: (wanted) =>
    wanted.flatMap(({ name }) => {
      const volume = checkName("logical-volume", nameSchema, name);
      return [
        { kind: "lv", arg: volume },
        { kind: "vg", arg: groupOf(volume) },
      ];
    }),
  parse: (name, answers) => {
    const answer = answers.get(`lv:${name}`) ?? "unknown why=it%20was%20not%20answered";
    if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
    const { head, fields } = parseAnswer(answer);
    if (head !== "volume") return { kind: "absent" };
    return { kind: "present", state: { size: Number(fields["size"]), uuid: fields["uuid"] ?? "" }, owners: [] };
  },
  plan: (name, spec, observed, { answers }) =>
    spec === undefined ? planLeaving(name, observed) : planVolume(name, spec.size, observed, answers),
  // A size is given in text; whole MiB are what LVM makes.
  spec: (_name, { size }) => ({ size: `${Math.floor(size / MIB)}M` }) as unknown as LogicalVolumeSpec,
  outputs: (name, { uuid }) => ({ device: `/dev/${name}`, uuid }),
  after: (name) => [`volume-group:${groupOf(name)}`, "package:lvm2"],
};

export default defineResource(logicalVolumeType);

function groupOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}

function planVolume(name: string, wanted: number, observed: Observed<LogicalVolumeState>, answers: Answers): Planned {
  const key = `lv:${name}`;
  const seen = answers.get(key) ?? "absent";
  const group = parseAnswer(answers.get(`vg:${groupOf(name)}`) ?? "absent");
  // 4 MiB unless somebody made the group otherwise; one that this run makes promises none yet.
  const extent = Number(group.fields["extent"]) || 4 * MIB;
  const size = Math.ceil(wanted / extent) * extent;
  const state = observed.kind === "present" ? observed.state : undefined;
  if (state !== undefined && state.size >= size) {
    const more =
      state.size > size
        ? { notes: [`${name} has ${state.size / MIB} MiB, more than is wanted: it never shrinks`] }
        : {};
    return { ...noop({ [key]: seen }), ...more };
  }
  if (group.head !== "group") {
    const why = group.head === "none" ? "LVM is not installed" : `there is no volume group ${groupOf(name)}`;
    throw new DroverError("CONFLICT", `logical-volume:${name}: ${why}`, {
      hint: `declare volumeGroup("${groupOf(name)}", ...)`,
    });
  }
  const inMiB = (bytes: number): string => `${bytes / MIB} MiB`;
  const make = [
    "lvcreate",
    "-y",
    "-W",
    "y",
    "-L",
    `${size}b`,
    "-n",
    name.slice(name.indexOf("/") + 1),
    "--",
    groupOf(name),
  ];
  return {
    action: state === undefined ? "create" : "update",
    diff: [{ path: "size", from: state === undefined ? "" : inMiB(state.size), to: inMiB(size) }],
    steps: [
      { kind: "exec", argv: state === undefined ? make : ["lvextend", "-L", `${size}b`, "--", name], within: 300 },
    ],
    from: { [key]: isBringing(answers) ? ANY : seen },
    to: { [key]: formatAnswer("volume", { size: String(size), uuid: state?.uuid ?? ANY }) },
  };
}

function planLeaving(name: string, observed: Observed<LogicalVolumeState>): Planned {
  if (observed.kind !== "present") return noop();
  // Nothing is promised of it: what it is on or in may go in the same run.
  return { ...noop(), action: "delete", notes: [`the volume ${name} stays, with all that is in it`] };
}
