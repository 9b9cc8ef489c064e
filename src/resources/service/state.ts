import { sha256 } from "../../lib/digest.ts";
import { ANY, formatAnswer } from "../../model/answer.ts";
import type { ServiceSpec } from "../service.ts";

/** Who runs it: systemd, an init script, or nobody: then we start it, and it runs until the machine stops. */
export type Manager = "systemd" | "script" | "drover";

export interface ServiceState {
  readonly by: Manager | typeof ANY;
  /** `own`: what defines it was written by us, and nothing else does. */
  readonly unit: "own" | "other";
  /** systemd's word, each its own: `enabled`, `static`, `masked`, ...; `none` where nothing starts it with the machine. */
  readonly enabled: string;
  /** systemd's word: `active`, `inactive`, `failed`, `activating`, ... */
  readonly active: string;
  /** Digest of the configuration that it was last started with by us, or `none`. */
  readonly config: string;
  /** `yes` when systemd has not read its changed unit files yet. */
  readonly stale: string;
}

export function answerOf(state: ServiceState): string {
  const { by, unit, enabled, active, config, stale } = state;
  return formatAnswer("service", { by, unit, enabled, active, config, stale });
}

/** Starts with the machine, whether by itself or by others; systemd cannot change that for the last four. */
const ON = ["enabled", "alias"];
const FIXED = ["static", "indirect", "generated", "transient"];

export function isEnabled(word: string): boolean {
  return ON.includes(word);
}

export function isMasked(word: string): boolean {
  return word.startsWith("masked");
}

export function fitsEnabled(word: string, wanted: boolean): boolean {
  if (word === ANY || FIXED.includes(word)) return true;
  return wanted ? isEnabled(word) : !isEnabled(word) && word !== "enabled-runtime";
}

export function isRunning(word: string): boolean {
  return word === "active" || word === "reloading";
}

export function fitsRunning(word: string, wanted: boolean): boolean {
  return wanted ? isRunning(word) : word === "inactive" || word === "failed";
}

/** What stands for the configuration in the record; undefined where none was declared. */
export function configDigest(spec: ServiceSpec): string | undefined {
  return spec.config === undefined ? undefined : sha256(spec.config).slice(0, 16);
}

/** The digest that the record will hold. */
export function configAfter(spec: ServiceSpec, state: ServiceState | undefined): string {
  return (spec.running ? configDigest(spec) : undefined) ?? state?.config ?? "none";
}

export function fitsConfig(spec: ServiceSpec, state: ServiceState): boolean {
  return !spec.running || configAfter(spec, state) === state.config;
}
