import type { Facts } from "../../model/facts.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import type { PackageState } from "../package.ts";
import { APT } from "./apt/manager.ts";
import { DNF } from "./dnf/manager.ts";

/** One package to be installed, or brought to another version. */
export interface Install {
  readonly name: string;
  /** Exactly this one. */
  readonly version: string | undefined;
  /** Where it is kept when no repository has this version any more. */
  readonly file: string | undefined;
  readonly start: boolean;
  /** What runs services here. */
  readonly init: string;
  readonly hold: boolean;
  /** What is there of it now. */
  readonly state: PackageState | undefined;
}

/** How packages are installed on a target. Steps whose last arguments are names are merged with those of other packages. */
export interface PackageManager {
  /** What it calls itself in a diff. */
  readonly tool: string;
  readonly awaitIdle: Step;
  /** Finishes what was cut off, without starting its services where `start` is false. */
  repair(how: Pick<Install, "start" | "init">): Step;
  /** What a failure is shown with. */
  readonly evidence: readonly Step[];
  /** Throws where it has no package of such a name. */
  check(name: string): void;
  /** As it is told by the answers. */
  version(version: string): string;
  /** Fetches the lists: `stale` only when a file before this in the run changed the sources. */
  update(when: "always" | "stale"): readonly Step[];
  install(wanted: Install): ExecStep;
  hold(how: "hold" | "unhold", name: string): ExecStep;
  /** Whether a hold has to be lifted before another version goes in: `stays` when it is to be held at that one. */
  liftsFirst(stays: boolean): boolean;
  /** How a hold is lifted by hand. */
  unholdCommand(name: string): string;
  /** How its lists are fetched by hand. */
  readonly updateCommand: string;
  /** Keeps what came for another's sake. */
  markManual(name: string): ExecStep;
  disableUnits(name: string): ExecStep;
  remove(name: string, how: "--remove" | "--purge"): ExecStep;
  /** What stays behind when it goes, to end a sentence. */
  leftBehind(purge: boolean): string;
}

/** apt where nothing is known yet. */
export function managerOf({ packages }: Facts): PackageManager {
  return packages === "dnf" ? DNF : APT;
}
