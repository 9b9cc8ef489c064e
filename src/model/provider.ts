import type { z } from "zod";
import type { Reach } from "./session.ts";
import type { MachineSpec } from "./stack.ts";

/** Where machines come from. `server` and `local` only say how to reach what is there. */
export interface Provider {
  readonly name: string;
  readonly title: string;
  /** The options beside `provider`. */
  readonly schema: z.ZodType;
  /** How to reach a machine of it. Pure. */
  reach(machine: string, spec: MachineSpec): Reach;
}
