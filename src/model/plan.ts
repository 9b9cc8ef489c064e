import type { Change } from "./change.ts";
import type { Note } from "./journal.ts";
import type { BuildRequest, Endpoint } from "./place.ts";
import type { ReleaseRecord } from "./release.ts";

/** What would be done: printed, stored, drawn and executed as the same object. Plain JSON. */
export interface Plan {
  readonly format: number;
  readonly owner: string;
  readonly stack: string;
  /** Digest of everything below, so that a stored plan can be told from an edited one. */
  readonly digest: string;
  readonly hosts: readonly HostPlan[];
  /** Said before the changes: a missing id, a pin, a found engine. */
  readonly notes: readonly string[];
  /** What cannot be planned now, and whose fault it is. A plan with problems is not applied. */
  readonly problems: readonly Problem[];
  /** Machines that did not let us in: the others go on without them, and the run counts as failed. */
  readonly unreached?: readonly Unreached[];
}

export interface Unreached {
  readonly machine: string;
  readonly code: "UNREACHABLE" | "HOST_KEY" | "RIGHTS";
  readonly message: string;
  readonly evidence: readonly string[];
  readonly hint: string;
}

export interface HostPlan {
  readonly machine: string;
  readonly machineId: string;
  /** In dependency order; without those that are a noop, which `unchanged` counts. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  readonly builds: readonly BuildRequest[];
  /** Releases that this run makes current, to be recorded. */
  readonly releases: readonly PlannedRelease[];
  /** Recorded with the run: renames, lifted pins. */
  readonly records: readonly Note[];
  readonly urls: readonly Endpoint[];
  /** A run that died left files behind: the runner sweeps them before it begins. */
  readonly sweeps?: boolean;
  /** The last of all owners goes, with everything: the target's memory goes, too. */
  readonly farewell?: boolean;
}

export interface PlannedRelease {
  readonly record: ReleaseRecord;
  /** Ids of the changes after which it counts as current. */
  readonly after: readonly string[];
}

export interface Problem {
  readonly code:
    | "FOREIGN"
    | "CONFLICT"
    | "UNKNOWN_STATE"
    | "SECRET_MISSING"
    | "PREFLIGHT"
    | "FORMAT_NEWER"
    | "CONFIG_INVALID";
  readonly message: string;
  readonly hint: string;
  readonly id?: string;
  readonly machine?: string;
}

/** Whether there is anything to do. */
export function isEmpty(plan: Plan): boolean {
  return plan.hosts.every(
    (host) =>
      host.changes.length === 0 &&
      host.records.length === 0 &&
      host.releases.length === 0 &&
      host.farewell !== true &&
      host.sweeps !== true,
  );
}

export function changesOf(plan: Plan): Change[] {
  return plan.hosts.flatMap((host) => [...host.changes]);
}
