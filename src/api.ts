import type { Drifted, Unmanaged } from "./engine/drift.ts";
import type { DroverError } from "./lib/error.ts";
import type { Emit } from "./model/event.ts";
import type { JournalLine, ReleaseMemory, RunHeader } from "./model/journal.ts";
import type { Plan, Problem } from "./model/plan.ts";
import type { SecretValues } from "./model/secret.ts";
import type { Stack } from "./model/stack.ts";

/** What every verb takes. */
export interface Options {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly secrets: SecretValues;
  /** Only these machines. */
  readonly on?: readonly string[];
  /** Only these apps or resources (`type:name`), with what they need. */
  readonly only?: readonly string[];
}

export interface PlanOptions extends Options {
  /** Lift pins: plan what the file says although a rollback is in force. */
  readonly lift?: boolean;
  /** Build on bases that are asked for anew: of the registry, else made on the spot. */
  readonly refreshBase?: boolean;
  /** Plan deletions although this checkout does not come after the commit that was applied last. */
  readonly allowStale?: boolean;
}

export interface DownOptions extends Options {
  readonly purge?: boolean;
  /** Remove what holds data, too; without it that stays, and the plan says so. */
  readonly allowDelete?: boolean;
}

export interface ApplyOptions extends Options {
  /** Consent to losing data, as the plan shows it. */
  readonly allowDelete: boolean;
  /** Names the run in the journal, e.g. `up`. */
  readonly command: string;
  /** How many machines at a time, or which share of them such as `25%`, in place of what their groups say. */
  readonly batch?: number | string;
  /** With `batch`: how many of them may fail before no further batch begins. */
  readonly maxFailures?: number;
}

export interface Outcome {
  readonly ok: boolean;
  /** Changes whose steps ran. */
  readonly changed: number;
  readonly failures: readonly Failure[];
  readonly urls: readonly ProvenUrl[];
  /** Machines that did not begin, since too many others of their batches failed. */
  readonly left?: ReadonlyArray<{ readonly machine: string; readonly why: string }>;
}

export interface Failure {
  readonly machine: string;
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly hint: string;
}

export interface ProvenUrl {
  readonly url: string;
  readonly app: string;
  /** `client`: asked from here; `host`: only the host itself could reach it. */
  readonly from: "client" | "host" | "nowhere";
  readonly status: number;
  /** Set when the name does not resolve to the machine: the record to set. */
  readonly advice?: string;
}

export interface ProcessStatus {
  readonly app: string;
  readonly process: string;
  readonly release: string;
  readonly name: string;
  readonly state: string;
  readonly address: string;
}

export interface HostStatus {
  readonly machine: string;
  readonly reachable: boolean;
  readonly why?: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly processes: readonly ProcessStatus[];
  readonly routes: ReadonlyArray<{
    readonly app: string;
    readonly domains: readonly string[];
    readonly servers: readonly string[];
  }>;
  readonly pins: Readonly<Record<string, string>>;
  readonly lastRun?: RunHeader & { readonly run: string; readonly time: string; readonly failed: boolean };
  /** Number of changes a plan would have now. */
  readonly pending: number;
  /** What keeps a plan from being applied now. */
  readonly problems: readonly Problem[];
}

export interface ReleaseEntry extends ReleaseMemory {
  readonly machine: string;
  readonly app: string;
  readonly current: boolean;
}

/** What is not as the last run left it on a machine. */
export interface DriftReport {
  readonly machine: string;
  /** The last run that wrote there. */
  readonly since?: { readonly run: number; readonly time: string; readonly by: string };
  readonly managed: readonly Drifted[];
  readonly unmanaged: readonly Unmanaged[];
  /** Kinds of things that could not be looked at, and why. */
  readonly gaps: readonly string[];
}

/** One managed thing on a machine: what it is, how it is, and where it comes from. */
export interface RunbookThing {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly title: string;
  readonly app?: string;
  /** `file:line` of the stack file or role that declares it. */
  readonly at?: string;
  /** As it was observed. */
  readonly state: string;
  /** The run that last changed it. */
  readonly last?: { readonly run: number; readonly time: string; readonly by: string };
}

/** What is on a machine, as it was observed. */
export interface Runbook {
  readonly machine: string;
  readonly groups: readonly string[];
  readonly stack: string;
  readonly owner: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly processes: readonly ProcessStatus[];
  readonly routes: HostStatus["routes"];
  /** Number of changes a plan would have now. */
  readonly pending: number;
  readonly things: readonly RunbookThing[];
  /** kind -> name -> what is said of it, managed or not. */
  readonly inventory: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The last twenty runs, oldest first. */
  readonly runs: ReadonlyArray<{
    readonly number: number;
    readonly time: string;
    readonly by: string;
    readonly command: string;
    readonly commit?: string;
    readonly ok: boolean;
  }>;
}

export interface LogLine {
  readonly machine: string;
  readonly app: string;
  readonly process: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface RunOptions extends Options {
  /** Whose command it is; without it the one that the connection works as. */
  readonly user?: string;
  /** On how many machines at a time. */
  readonly concurrency: number;
  /** What the journals record in place of the command's words, where these hold a secret. */
  readonly recorded?: readonly string[];
}

/** What a command that runs on machines says, and how it ended on each. */
export type RunEvent =
  | {
      readonly event: "line";
      readonly machine: string;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
    }
  | { readonly event: "unrecorded"; readonly machine: string; readonly why: string }
  | { readonly event: "exit"; readonly machine: string; readonly code: number }
  | { readonly event: "failed"; readonly machine: string; readonly error: DroverError };

export interface Finding {
  readonly where: string;
  readonly ok: boolean;
  readonly what: string;
  /** The fix, as a command or a sentence; empty when ok. */
  readonly fix: string;
}

/** The engine bound to what is on the shelves. One object for the command line and a later server. */
export interface Drover extends AsyncDisposable {
  plan(stack: Stack, options: PlanOptions): Promise<Plan>;
  /** A plan that removes the stack's apps and resources and nothing else. */
  planDown(stack: Stack, options: DownOptions): Promise<Plan>;
  /** A plan that puts an app back to an earlier release (default: the one before) and pins it. */
  planRollback(stack: Stack, app: string, release: string | undefined, options: Options): Promise<Plan>;
  /** A plan that puts a machine back to what an earlier run left there (default: before the last), all or `only` some of it, and holds it so. */
  planUndo(stack: Stack, machine: string, to: string | undefined, options: Options): Promise<Plan>;
  /** A plan that takes ids (`machine/type:name`) over, or lets them go without touching them. */
  planOwnership(stack: Stack, verb: "adopt" | "forget", ids: readonly string[], options: Options): Promise<Plan>;
  apply(stack: Stack, plan: Plan, options: ApplyOptions): Promise<Outcome>;
  status(stack: Stack, options: Options): Promise<HostStatus[]>;
  releases(stack: Stack, options: Options): Promise<ReleaseEntry[]>;
  history(stack: Stack, options: Options): Promise<ReadonlyArray<{ machine: string; lines: readonly JournalLine[] }>>;
  /** What changed on the machines since the last run that wrote: managed things, and what came beside them. */
  drift(stack: Stack, options: Options): Promise<DriftReport[]>;
  /** What is on the machines, for their documentation: observed, not remembered. */
  runbook(stack: Stack, options: Options): Promise<Runbook[]>;
  logs(
    stack: Stack,
    app: string | undefined,
    options: Options & { readonly follow: boolean; readonly tail: number },
  ): AsyncIterable<LogLine>;
  /** Runs a command on machines side by side, recorded in their journals. One that fails stops no other. */
  run(stack: Stack, argv: readonly string[], options: RunOptions): AsyncIterable<RunEvent>;
  /** What is missing on this machine, or on the stack's targets, and the fix. */
  doctor(stack: Stack | undefined, options: Options): Promise<Finding[]>;
}

export type { Plan, Problem };
