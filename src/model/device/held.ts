import { DroverError } from "../../lib/error.ts";

/** Shell text that looks once more, just before: what the device in `d` holds is not formatted. */
export const EMPTY_DEVICE = `[ -b "$d" ] || { echo "$d is no device"; exit 1; }
blkid -p -o export "$d" >/dev/null 2>&1; [ $? = 2 ] && [ -z "$(wipefs -n --noheadings "$d")" ] || { echo "$d holds something: it is not formatted"; wipefs -n "$d"; exit 1; }`;

/** Refuses to format a device that holds anything; `id` is the thing that would be made on it. */
export function refuseHeld(id: string, device: string, holds: string): never {
  const where = id.endsWith(`:${device}`) ? id : `${id}: ${device}`;
  throw new DroverError("CONFLICT", `${where} holds ${heldWords(holds)}: it is never formatted`, {
    hint: `look at it with \`wipefs -n ${device}\`; when nobody needs it any more, empty it by hand with \`wipefs -a ${device}\``,
  });
}

/** What the type of a device says, for people. */
export function heldWords(holds: string): string {
  if (holds === "used") return "partitions or other devices";
  if (holds === "several") return "several signatures";
  return holds.startsWith("table-") ? `a table of partitions (${holds.slice(6)})` : holds;
}
