import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { ANY, type Answers, formatAnswer, isUnknown, parseAnswer, unknownWhy, unword, word } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { FILESYSTEM } from "../model/device/ask.ts";
import { heldWords } from "../model/device/held.ts";
import { VG } from "../model/lvm/ask.ts";
import { pathSchema } from "../model/name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";

const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,62}$/,
    "expected the name of a volume group: letters, digits, `_`, `+`, `.`, `-`",
  );

const deviceSchema = pathSchema.refine(
  (path) => path.startsWith("/dev/") && !path.includes(","),
  "expected a device, such as /dev/sdb",
);

export const volumeGroupSchema = z.strictObject({
  devices: z
    .array(deviceSchema)
    .min(1)
    .describe("Devices that it is made of. New ones must be empty; none is ever taken out."),
});

export type VolumeGroupInput = z.input<typeof volumeGroupSchema>;
export type VolumeGroupSpec = z.output<typeof volumeGroupSchema>;

export interface VolumeGroupState {
  readonly devices: readonly string[];
  readonly extent: string;
}

/** A volume group of LVM. It grows by devices and never shrinks; when it leaves the file, it stays with all that is in it. */
export const volumeGroupType: ResourceType<VolumeGroupSpec, VolumeGroupState> = {
  type: "volume-group",
  title: "A volume group of LVM, made of empty devices.",
  schema: volumeGroupSchema,
  sharing: "shared",
  askers: { vg: VG, filesystem: FILESYSTEM },
  query: (wanted) =>
    wanted.flatMap(({ name, spec }) => [
      { kind: "vg", arg: checkName("volume-group", nameSchema, name) },
      ...(spec?.devices ?? []).map((arg) => ({ kind: "filesystem", arg })),
    ]),
  parse: (name, answers) => {
    const answer = answers.get(`vg:${name}`) ?? "unknown why=it%20was%20not%20answered";
    if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
    const { head, fields } = parseAnswer(answer);
    if (head !== "group") return { kind: "absent" };
    const devices = (fields["devices"] ?? "").split(",").map(unword);
    return { kind: "present", state: { devices, extent: fields["extent"] ?? "" }, owners: [] };
  },
  plan: (name, spec, observed, { answers }) =>
    spec === undefined ? planLeaving(name, observed) : planGroup(name, spec.devices, observed, answers),
  spec: (_name, { devices }) => ({ devices: [...devices] }),
  after: () => ["package:lvm2"],
};

export default defineResource(volumeGroupType);

function planGroup(
  name: string,
  devices: readonly string[],
  observed: Observed<VolumeGroupState>,
  answers: Answers,
): Planned {
  const key = `vg:${name}`;
  const seen = answers.get(key) ?? "absent";
  const state = observed.kind === "present" ? observed.state : undefined;
  const added = devices.filter((device) => state?.devices.includes(device) !== true);
  const kept = state?.devices.filter((device) => !devices.includes(device)) ?? [];
  const said = kept.length === 0 ? {} : { notes: [`${kept.join(", ")} stays in it: a volume group never shrinks`] };
  if (added.length === 0) return { ...noop({ [key]: seen }), ...said };
  if (seen === "none" && !isBringing(answers)) {
    throw new DroverError("CONFLICT", `volume-group:${name}: LVM is not installed`, { hint: 'add pkg("lvm2")' });
  }
  for (const device of added) refuseHeld(name, device, answers);
  const all = [...(state?.devices ?? []), ...added].sort();
  return {
    action: state === undefined ? "create" : "update",
    diff: [{ path: "devices", from: state?.devices.join(" ") ?? "", to: all.join(" ") }],
    // Without `-y`, both refuse a device with a signature on it.
    steps: [{ kind: "exec", argv: [state === undefined ? "vgcreate" : "vgextend", "--", name, ...added], within: 300 }],
    from: { [key]: isBringing(answers) ? ANY : seen },
    to: { [key]: formatAnswer("group", { devices: all.map(word).join(","), extent: state?.extent ?? ANY }) },
    ...said,
  };
}

function refuseHeld(name: string, device: string, answers: Answers): void {
  const { head, fields } = parseAnswer(answers.get(`filesystem:${device}`) ?? "absent");
  if (head === "device" && fields["holds"] === "nothing") return;
  const why =
    head === "device"
      ? `${device} holds ${heldWords(unword(fields["holds"] ?? "something"))}`
      : `there is no device ${device}`;
  throw new DroverError("CONFLICT", `volume-group:${name}: ${why}`, {
    hint: "name empty devices only; `lsblk -f` shows them",
  });
}

function planLeaving(name: string, observed: Observed<VolumeGroupState>): Planned {
  if (observed.kind !== "present") return noop();
  // Nothing is promised of it: what it is on or in may go in the same run.
  return { ...noop(), action: "delete", notes: [`the volume group ${name} stays, with all that is in it`] };
}
