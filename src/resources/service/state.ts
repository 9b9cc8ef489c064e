import { digestOf, sha256 } from "../../lib/digest.ts";
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
const ON = ["enabled", "alias", "enabled-linked"];
const FIXED = ["static", "indirect", "generated", "transient"];
/** Neither: until the machine stops, and by links of an init script that the boot of this machine does not go by. */
const HALF = ["enabled-runtime", "partial"];

export function isEnabled(word: string): boolean {
  return ON.includes(word);
}

export function isMasked(word: string): boolean {
  return word.startsWith("masked");
}

export function fitsEnabled(word: string, wanted: boolean): boolean {
  if (word === ANY || FIXED.includes(word)) return true;
  return wanted ? isEnabled(word) : !isEnabled(word) && !HALF.includes(word);
}

export function isRunning(word: string): boolean {
  return word === "active" || word === "reloading";
}

export function fitsRunning(word: string, wanted: boolean): boolean {
  return wanted ? isRunning(word) : word === "inactive" || word === "failed";
}

/** What it was last started with by us: its unit and drop-ins, and its configuration. `none` where nothing is known. */
interface Recorded {
  readonly definition: string;
  readonly config: string;
}

/** The record has both, or the configuration's digest alone. */
function recorded(state: ServiceState | undefined): Recorded {
  const [first = "none", second] = (state?.config ?? "none").split("-");
  return second === undefined ? { definition: "none", config: first } : { definition: first, config: second };
}

/** What stands for the configuration in the record; undefined where none was declared. */
export function configDigest(spec: ServiceSpec): string | undefined {
  return spec.config === undefined ? undefined : sha256(spec.config).slice(0, 16);
}

const RECORDED = "as recorded: ";

/** The definition by its record, for a spec that stands for what was seen. */
export function seenDefinition(state: ServiceState): { definition?: string } {
  const { definition } = recorded(state);
  return state.by !== "systemd" || definition === "none" ? {} : { definition: `${RECORDED}${definition}` };
}

function definitionDigest({ unit, definition }: ServiceSpec): string {
  if (unit === undefined && definition === undefined) return "none";
  if (definition?.startsWith(RECORDED)) return definition.slice(RECORDED.length);
  return digestOf([unit ?? "", definition ?? ""]).slice(0, 8);
}

/** What the record says once it was started, restarted or reloaded. */
export function configAfter(spec: ServiceSpec, state: ServiceState | undefined): string {
  if (!spec.running) return state?.config ?? "none";
  const [definition, config] = [definitionDigest(spec), configDigest(spec) ?? recorded(state).config];
  return definition === "none" ? config : `${definition}-${config}`;
}

export function fitsConfig(spec: ServiceSpec, state: ServiceState): boolean {
  return !spec.running || (configDigest(spec) ?? recorded(state).config) === recorded(state).config;
}

/** Whether it was started from the unit and the drop-ins that it has now. A reload would not be enough for others. */
export function fitsDefinition(spec: ServiceSpec, state: ServiceState): boolean {
  const [before, after] = [recorded(state).definition, definitionDigest(spec)];
  // Text of its own was not recorded by earlier versions: nothing restarts for that alone.
  const isUnrecorded = before === "none" && spec.definition === undefined && state.unit === "own";
  return !spec.running || before === after || isUnrecorded;
}
