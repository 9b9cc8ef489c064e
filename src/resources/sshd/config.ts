import { sha256 } from "../../lib/digest.ts";
import type { WholeFile } from "../../model/whole-file/state.ts";
import type { SshdSpec, Wanted } from "./schema.ts";

/** In sshd the first value of a key wins, and drop-ins are read in order of their names: ours is before all others. */
export const DROP_IN = "/etc/ssh/sshd_config.d/00-drover.conf";

/** Keys that stand once for each value. */
const REPEATED = ["port", "listenaddress", "hostkey", "hostcertificate", "subsystem"];
/** Keys whose values are joined by commas. */
const ALGORITHMS = /^(ciphers|macs|.*algorithms|.*keytypes)$/;
/** Keys whose values of all places add up: the first does not win alone. */
export const ADDED_UP = [...REPEATED, "acceptenv", "allowusers", "allowgroups", "denyusers", "denygroups", "setenv"];

type Value = string | number | boolean | readonly (string | number)[] | undefined;

export function configText(spec: SshdSpec): string {
  const sorted = Object.entries(spec)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const header = "# Written by Drover. Changes made here are overwritten.";
  return [header, ...sorted.flatMap(([key, value]) => settings(key, value)), ""].join("\n");
}

function settings(key: string, value: Value): string[] {
  const values = [value].flat().map(plain);
  const small = key.toLowerCase();
  if (REPEATED.includes(small)) return values.map((one) => `${key} ${one}`);
  return [`${key} ${values.join(ALGORITHMS.test(small) ? "," : " ")}`];
}

function plain(value: string | number | boolean | undefined): string {
  return value === true ? "yes" : value === false ? "no" : String(value);
}

/** The declared keys as sshd spells them when it is asked, sorted. */
export function keysOf(spec: SshdSpec): string[] {
  const declared = Object.entries(spec).filter(([, value]) => value !== undefined);
  return declared.map(([key]) => key.toLowerCase()).sort();
}

export function dropIn(wanted: Wanted): WholeFile {
  const bytes = "seen" in wanted ? { sha256: wanted.seen.sha256 } : { content: configText(wanted.fields) };
  return { path: DROP_IN, ...bytes, mode: "0644", owner: "root:root" };
}

export function digestOf(wanted: Wanted): string {
  return "seen" in wanted ? wanted.seen.sha256 : sha256(configText(wanted.fields));
}
