import { appendFileSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Moments that the stand-in for ssh sees. */
export type Moment = "before" | "during" | "after" | "stream";

const Shot = z.object({ who: z.enum(["client", "link"]), when: z.string(), at: z.number() });

/** One more of these; its number. They are counted over all connections of a run. */
export function countOne(folder: string, what: "exchanges" | "chunks"): number {
  const file = join(folder, what);
  appendFileSync(file, "x");
  return statSync(file).size;
}

/** Who is to be killed now, if anybody. Only the first that asks at the point is told; `peek` leaves it there. */
export function isDue(
  folder: string,
  when: Moment,
  at: number,
  how: "take" | "peek" = "take",
): "client" | "link" | undefined {
  const file = join(folder, "shot");
  try {
    const shot = Shot.parse(JSON.parse(readFileSync(file, "utf8")));
    if (shot.when !== when || shot.at !== at) return undefined;
    if (how === "take") renameSync(file, join(folder, "fired"));
    return shot.who;
  } catch {
    return undefined; // Nothing is armed, or another connection was faster.
  }
}
