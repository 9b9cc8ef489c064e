import { DroverError } from "../../lib/error.ts";
import type { Facts } from "../facts.ts";

/** Refuses what is apt's own where packages are another's: it would be written, and nothing would ever read it. */
export function refuseWithoutApt(id: string, { packages }: Facts, hint: string): void {
  if (packages === "" || packages === "apt") return;
  const whose = packages === "none" ? "this machine has no package manager" : `packages are ${packages}'s here`;
  throw new DroverError("PREFLIGHT", `${id} is apt's own, and ${whose}`, { hint });
}
