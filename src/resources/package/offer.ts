import { DroverError } from "../../lib/error.ts";
import { ABSENT, parseAnswer, unword } from "../../model/answer.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { PackageManager } from "./manager.ts";

/** The key under which a version that is wanted is asked about. */
export function offerQuery(name: string, version: string): string {
  return `package:${name}=${version}`;
}

/**
 * The file that a version is kept in, where no repository has it any more; undefined where it comes from a repository, or
 * where that cannot be told yet: lists that are missing or old are fetched first, and this run may change the sources.
 * Throws where it cannot be had.
 */
export function offerOf(
  name: string,
  version: string,
  by: PackageManager,
  { answers, unsettled = false }: PlanContext,
): string | undefined {
  const { head, fields } = parseAnswer(answers.get(offerQuery(name, version)) ?? ABSENT);
  if (head === "kept") return unword(fields["path"] ?? "");
  const isOld = by.update("stale").length > 0 && !answers.get("apt-lists:main")?.endsWith(" age=fresh");
  if (head !== "gone" || isOld || unsettled) return undefined;
  const versions = (fields["versions"] ?? "").split(",").filter((one) => one !== "");
  const there =
    versions.length === 0
      ? "no repository that the machine knows has a package of this name"
      : `what can be had is ${versions.slice(0, 5).join(", ")}${versions.length > 5 ? ` and ${versions.length - 5} more` : ""}`;
  throw new DroverError("PREFLIGHT", `package:${name}: version ${version} cannot be had: ${there}`, {
    hint: `add a repository that has it, name another, or fetch the lists (${by.updateCommand}) and run this again`,
  });
}
