import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { DEVICE_SIZE, FILESYSTEM } from "../model/device/ask.ts";
import { refuseHeld } from "../model/device/held.ts";
import { isVolumeComing } from "../model/lvm/device.ts";
import { pathSchema } from "../model/name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { planMaking, planUpdate } from "./filesystem/plan.ts";

const deviceSchema = pathSchema.refine(
  (path) => path.startsWith("/dev/"),
  "expected a device, such as /dev/sdb or /dev/vg/data",
);

export const filesystemSchema = z
  .strictObject({
    type: z
      .enum(["ext4", "xfs"])
      .default("ext4")
      .describe("What an empty device is made: `ext4` (the default) or `xfs`."),
    label: z
      .string()
      .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/, "expected letters, digits, `.`, `_` and `-`")
      .max(16, "ext4 takes at most 16 characters")
      .optional()
      .describe("Its label; default none, or the one that it has. At most 16 characters, 12 with xfs."),
    grow: z.boolean().default(true).describe("Grows with its device; it never shrinks. Default `true`."),
  })
  .refine(({ type, label = "" }) => type !== "xfs" || label.length <= 12, {
    path: ["label"],
    message: "xfs takes at most 12 characters",
  });

export type FilesystemInput = z.input<typeof filesystemSchema>;
export type FilesystemSpec = z.output<typeof filesystemSchema>;

export interface FilesystemState {
  readonly holds: string;
  readonly label: string;
  readonly uuid: string;
  readonly hasRoom: boolean;
  /** Where it is mounted; empty where it is not. */
  readonly mounted: string;
}

/** A file system on a device. Made on an empty one only; what leaves the file stays, with all that is in it. */
export const filesystemType: ResourceType<FilesystemSpec, FilesystemState> = {
  type: "filesystem",
  title: "A file system on a device: made where the device is empty, never over anything.",
  schema: filesystemSchema,
  sharing: "shared",
  askers: { filesystem: FILESYSTEM, "device-size": DEVICE_SIZE },
  query: (wanted) =>
    wanted.flatMap(({ name, spec }) => {
      const device = checkName("filesystem", deviceSchema, name);
      const size = spec?.grow === true ? [{ kind: "device-size", arg: device }] : [];
      return [{ kind: "filesystem", arg: device }, ...size];
    }),
  parse,
  plan: (device, spec, observed, { answers }) =>
    spec === undefined ? planLeaving(device, observed) : planFilesystem(device, spec, observed, answers),
  spec: (_device, { holds, label }) => ({
    type: holds === "xfs" ? "xfs" : "ext4",
    ...(filesystemSchema.shape.label.safeParse(label).success ? { label } : {}),
    grow: false,
  }),
  outputs: (_device, { uuid, label }) => ({ uuid, label, source: `UUID=${uuid}` }),
  after: () => ["volume-group:*", "logical-volume:*", "package:*"],
};

export default defineResource(filesystemType);

const keyOf = (device: string): string => `filesystem:${device}`;

function parse(device: string, answers: Answers): Observed<FilesystemState> {
  const answer = answers.get(keyOf(device)) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "other") return { kind: "unknown", why: "it is no block device" };
  const holds = unword(fields["holds"] ?? "nothing");
  if (head === "absent" || holds === "nothing") return { kind: "absent" };
  const { label = "", uuid = "", room, mounted = "" } = fields;
  return {
    kind: "present",
    state: { holds, label: unword(label), uuid, hasRoom: room === "yes", mounted: unword(mounted) },
    owners: [],
  };
}

function planFilesystem(
  device: string,
  spec: FilesystemSpec,
  observed: Observed<FilesystemState>,
  answers: Answers,
): Planned {
  if (observed.kind === "present") {
    if (observed.state.holds !== spec.type) refuseHeld(`filesystem:${device}`, device, observed.state.holds);
    return planUpdate(device, spec, observed.state, answers);
  }
  const seen = answers.get(keyOf(device)) ?? "absent";
  const isMissing = parseAnswer(seen).head === "absent";
  if (isMissing && !isVolumeComing(answers)) {
    throw new DroverError("CONFLICT", `filesystem:${device}: there is no such device`, {
      hint: "look at what is there with lsblk, and correct its name",
    });
  }
  return planMaking(device, spec, isMissing || isBringing(answers), seen);
}

function planLeaving(device: string, observed: Observed<FilesystemState>): Planned {
  if (observed.kind !== "present") return noop();
  // Nothing is promised of it: what it is on or in may go in the same run.
  return { ...noop(), action: "delete", notes: [`the file system on ${device} stays, with all that is in it`] };
}
