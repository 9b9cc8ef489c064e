import type { RoleFacts, RoleMachine } from "../authoring/roles.ts";
import type { Fault } from "./fault.ts";

/** What the thread that loads a stack file is given. */
export interface WorkerInput {
  readonly stackUrl: string;
  /** What `drover` resolves to where the project has none. */
  readonly droverUrl: string;
  readonly environment: string;
  /** Where compiled modules are kept, if anywhere. */
  readonly compileCache: string | undefined;
}

/** A role that is to be called for a machine. */
export interface RoleCall {
  readonly role: number;
  readonly machine: RoleMachine;
  readonly facts: RoleFacts;
}

/** Calls of roles, and what came of them, each in its place. */
export interface RoleCalls {
  readonly id: number;
  readonly calls: readonly RoleCall[];
}

export type RoleAnswer = { readonly role: number; readonly machine: string } & (
  | { readonly kind: "value"; readonly value: unknown; readonly faults: readonly Fault[] }
  | { readonly kind: "threw"; readonly name: string; readonly thrown: Thrown }
);

/** What it says on its way: what it has begun that others may take long to answer; what its roles returned. */
export type WorkerNews =
  | { readonly kind: "doing"; readonly what: string }
  | { readonly kind: "called"; readonly id: number; readonly answers: readonly RoleAnswer[] };

/** What it says at the end. */
export type WorkerResult =
  | {
      readonly kind: "value";
      readonly value: unknown;
      readonly faults: readonly Fault[];
      /** How many roles there are; with any the thread stays, and calls them when it is asked to. */
      readonly roles: number;
    }
  | { readonly kind: "no-default"; readonly names: readonly string[] }
  | { readonly kind: "exit"; readonly code: number }
  | ({ readonly kind: "threw" } & Thrown);

export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly stack: string;
}

/** The parts of whatever was thrown, also where it is no Error or reading it throws again. */
export function describeThrown(thrown: unknown): Thrown {
  try {
    if (!(thrown instanceof Error)) return { name: "", message: String(thrown), code: "", stack: "" };
    const code: unknown = "code" in thrown ? thrown.code : "";
    return {
      name: String(thrown.name),
      message: String(thrown.message),
      code: typeof code === "string" ? code : "",
      stack: String(thrown.stack ?? ""),
    };
  } catch {
    return { name: "", message: "something that cannot be read", code: "", stack: "" };
  }
}
