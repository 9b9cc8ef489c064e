import { DroverError } from "../../lib/error.ts";
import type { PlanContext } from "../resource.ts";

/** A unit on a machine that systemd does not run would be a file that nobody reads: it is refused. */
export function refuseWithoutSystemd(id: string, { facts }: Pick<PlanContext, "facts">): void {
  if (facts.init === "systemd") return;
  throw new DroverError("CONFLICT", `${id}: systemd does not run on this machine, so that nothing would come of it`, {
    hint: 'there, service(name) runs its init script, or with { argv: [...] } a process, and cron(...) runs jobs; or write it with file("/etc/systemd/system/...")',
  });
}
