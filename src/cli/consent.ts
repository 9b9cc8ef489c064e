import { DroverError } from "../lib/error.ts";
import { changesOf, type Plan } from "../model/plan.ts";
import type { FlagValues } from "./command.ts";
import type { consentFlags } from "./flags.ts";
import type { Io } from "./io.ts";
import type { Work } from "./open.ts";
import { summary } from "./render/plan.ts";

type Consent = Pick<FlagValues<typeof consentFlags>, "yes" | "allow-delete">;

/** Goes on only with the consent that the plan needs; otherwise NEEDS_CONSENT or CANCELLED, and nothing is touched. */
export async function consent(plan: Plan, flags: Consent, { io, json, options }: Work): Promise<void> {
  const lost = changesOf(plan).filter((change) => change.destroys !== undefined);
  if (lost.length > 0 && !flags["allow-delete"]) {
    throw new DroverError("NEEDS_CONSENT", "this plan destroys data", {
      evidence: lost.map((change) => `${change.id}: ${change.destroys}`),
      hint: "add --allow-delete if that is what you want",
    });
  }
  if (flags.yes) return;
  if (!io.canAsk || json) {
    throw new DroverError("NEEDS_CONSENT", `there is nobody to ask here: ${summary(plan)}`, {
      hint: "add --yes to go on without being asked",
    });
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const { signal } = options;
  const answer = await confirm({ message: "Go on?", initialValue: lost.length === 0, signal, ...terminalOf(io) });
  if (isCancel(answer) || !answer) throw new DroverError("CANCELLED", "you said no; nothing was touched");
}

/** Prompts want the types that a terminal's streams have; `canAsk` says that these are one's. */
export function terminalOf(io: Io): { readonly input: typeof process.stdin; readonly output: typeof process.stdout } {
  return { input: io.stdin as typeof process.stdin, output: io.stdout as typeof process.stdout };
}
