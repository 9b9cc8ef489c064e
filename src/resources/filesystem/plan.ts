import { ABSENT, ANY, type Answers, formatAnswer, parseAnswer, word } from "../../model/answer.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { EMPTY_DEVICE } from "../../model/device/held.ts";
import { devicesOf } from "../../model/lvm/device.ts";
import type { Step } from "../../model/step.ts";
import type { FilesystemSpec, FilesystemState } from "../filesystem.ts";

/** mkfs itself would ask or, without a terminal, go on. */
const MAKE = `
d=$1 type=$2 label=$3
${EMPTY_DEVICE}
command -v "mkfs.$type" >/dev/null || { echo "mkfs.$type is not here: the package \${4} brings it"; exit 1; }
set -- "$d"; [ -z "$label" ] || set -- -L "$label" "$d"
"mkfs.$type" -q "$@" && sync`;

const PACKAGES = { ext4: "e2fsprogs", xfs: "xfsprogs" };

/** A device may come with what is made before: then it is empty, and the step looks for itself. */
export function planMaking(device: string, spec: FilesystemSpec, isComing: boolean, seen: string): Planned {
  const { type, label = "" } = spec;
  const key = `filesystem:${device}`;
  return {
    action: "create",
    diff: [{ path: "file system", from: "nothing", to: label === "" ? type : `${type}, labelled ${label}` }],
    steps: [{ kind: "exec", argv: ["sh", "-c", MAKE, "sh", device, type, label, PACKAGES[type]], within: 3600 }],
    from: { [key]: isComing ? ANY : seen },
    to: { [key]: formatAnswer("device", { holds: type, label: word(label), uuid: ANY, room: "no", mounted: ANY }) },
  };
}

/** Its label, and growing it to the size of its device. Nothing shrinks. */
export function planUpdate(device: string, spec: FilesystemSpec, state: FilesystemState, answers: Answers): Planned {
  const key = `filesystem:${device}`;
  const seen = answers.get(key) ?? ABSENT;
  const relabels = spec.label !== undefined && spec.label !== state.label;
  const grows = spec.grow && isExtended(device, answers);
  const wantsRoom = spec.grow && (state.hasRoom || grows);
  const [grow, label] = [
    wantsRoom ? growSteps(device, state) : [],
    relabels ? labelSteps(device, spec.label ?? "", state) : [],
  ];
  const notes = [
    ...(wantsRoom && grow.length === 0 ? ["xfs grows only while it is mounted: the next run after that does it"] : []),
    ...(relabels && label.length === 0
      ? ["xfs takes a label only while it is not mounted: unmount it, then run again"]
      : []),
  ];
  const said = notes.length === 0 ? {} : { notes };
  if (grow.length + label.length === 0) return { ...noop({ [key]: seen }), ...said };
  const diff: Diff[] = [
    ...(label.length === 0 ? [] : [{ path: "label", from: state.label, to: spec.label ?? "" }]),
    ...(grow.length === 0 ? [] : [{ path: "size", from: "less than its device", to: "all of its device" }]),
  ];
  const fields = {
    holds: state.holds,
    label: word(label.length === 0 ? state.label : (spec.label ?? "")),
    uuid: state.uuid,
    room: grow.length === 0 && state.hasRoom ? "yes" : "no",
    // A mount of this run may come before the proof.
    mounted: ANY,
  };
  return {
    action: "update",
    diff,
    steps: [...label, ...grow],
    // Its volume has room for it by then.
    from: { [key]: grows ? seen.replace(/ room=\S+/, " room=*") : seen },
    to: { [key]: formatAnswer("device", fields) },
    ...said,
  };
}

/** What a device has to have more than its file system for that to grow: as much as a last group is left out by mkfs. */
const ROOM = 32 * 1024 ** 2;

/** This run makes its volume larger: what is promised of that is more than what the device has now. */
function isExtended(device: string, answers: Answers): boolean {
  const now = Number(parseAnswer(answers.get(`device-size:${device}`) ?? ABSENT).fields["size"]);
  return [...answers].some(([key, answer]) => {
    if (!key.startsWith("lv:") || !devicesOf(key.slice("lv:".length)).includes(device)) return false;
    return Number(parseAnswer(answer).fields["size"]) - now >= ROOM;
  });
}

function growSteps(device: string, { holds, mounted }: FilesystemState): Step[] {
  const within = 3600;
  if (holds === "xfs")
    return mounted === "" || mounted === ANY ? [] : [{ kind: "exec", argv: ["xfs_growfs", mounted], within }];
  const check: Step[] =
    mounted === "" ? [{ kind: "exec", argv: ["e2fsck", "-f", "-p", device], exits: [0, 1], within }] : [];
  return [...check, { kind: "exec", argv: ["resize2fs", device], within }];
}

function labelSteps(device: string, label: string, { holds, mounted }: FilesystemState): Step[] {
  if (holds !== "xfs") return [{ kind: "exec", argv: ["e2label", device, label], within: 60 }];
  return mounted === ""
    ? [{ kind: "exec", argv: ["xfs_admin", "-L", label === "" ? "--" : label, device], within: 60 }]
    : [];
}
