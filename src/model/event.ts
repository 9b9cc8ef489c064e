import type { DroverError } from "../lib/error.ts";
import type { JournalLine } from "./journal.ts";
import type { Plan } from "./plan.ts";

/** What happens while Drover works. Every view (terminal, JSON, dashboard) is a fold over these; they report, never steer. */
export type Event =
  | { readonly event: "connecting" | "connected"; readonly machine: string }
  | { readonly event: "planned"; readonly plan: Plan }
  | { readonly event: "journal"; readonly machine: string; readonly line: JournalLine }
  | { readonly event: "building" | "sending"; readonly machine: string; readonly app: string; readonly detail: string }
  | {
      readonly event: "built";
      readonly machine: string;
      readonly app: string;
      readonly detail: string;
      readonly bytes: number;
    }
  | { readonly event: "output"; readonly machine: string; readonly id: string; readonly line: string }
  | {
      readonly event: "probed";
      readonly url: string;
      readonly ok: boolean;
      readonly detail: string;
      readonly from: "client" | "host";
    }
  | { readonly event: "note"; readonly text: string }
  | { readonly event: "failed"; readonly error: DroverError }
  | {
      readonly event: "done";
      readonly ok: boolean;
      readonly changed: number;
      readonly exchanges: Readonly<Record<string, number>>;
    };

export type Emit = (event: Event) => void;
