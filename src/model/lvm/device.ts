import type { Answers } from "../answer.ts";

/** The paths under which a logical volume is a device: by its names, and as device-mapper joins them. */
export function devicesOf(volume: string): readonly string[] {
  const [group = "", name = ""] = volume.split("/");
  const joined = [group, name].map((word) => word.replaceAll("-", "--")).join("-");
  return [`/dev/${group}/${name}`, `/dev/mapper/${joined}`];
}

/** Logical volumes of this run are devices to come. (`uuid=*` is only ever promised, never seen.) */
export function isVolumeComing(answers: Answers): boolean {
  return [...answers].some(([key, answer]) => key.startsWith("lv:") && answer.includes(" uuid=*"));
}
