import { sha256 } from "../../lib/digest.ts";

/** The name of the file in the state folder that notes which line was put; a path is too long to be one. */
export function recordOf(name: string): string {
  return sha256(name).slice(0, 32);
}
