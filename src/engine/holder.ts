import { systemClock } from "../lib/clock.ts";
import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { Session } from "../model/session.ts";
import { describeHolder } from "./session/follow.ts";

/** How long a run of somebody else is waited for before it is named and we give up. */
const PATIENCE_S = 60;

/** Waits until nobody holds the machine: what a run is making now is not what a plan can rest on. */
export async function waitForHolder(
  machine: string,
  holder: string,
  session: Session,
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  emit({ event: "note", text: `waiting for the run that holds ${machine}: ${describeHolder(holder)}` });
  for (let waited = 0; waited < PATIENCE_S; waited += 1) {
    await systemClock.sleep(1000, signal);
    const answers = await session.ask([{ kind: "journal", arg: "head" }], signal);
    if (answers.get("journal:holder") === undefined) return;
  }
  throw new DroverError("LOCKED", `another run holds ${machine}: ${describeHolder(holder)}`, {
    where: { machine },
    hint: "wait until it is done, then run the command again; a run whose client is gone ends by itself",
  });
}
