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

/** What it says at the end. */
export type WorkerResult =
  | { readonly kind: "value"; readonly value: unknown; readonly faults: readonly Fault[] }
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
