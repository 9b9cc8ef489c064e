import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Options, ProvenUrl } from "../api.ts";
import type { Endpoint } from "../model/place.ts";
import type { Plan } from "../model/plan.ts";
import type { Context } from "./context.ts";
import { prove } from "./prove.ts";
import { reachOf } from "./shelves.ts";

/** Asks for every app from where its users stand. */
export async function proveAll(plan: Plan, context: Context, options: Options): Promise<ProvenUrl[]> {
  const all = plan.hosts.flatMap((host) => host.urls.map((endpoint) => ({ machine: host.machine, endpoint })));
  return Promise.all(all.map(({ machine, endpoint }) => proveOne(machine, endpoint, context, options)));
}

async function proveOne(machine: string, endpoint: Endpoint, context: Context, options: Options): Promise<ProvenUrl> {
  const session = await context.hosts.session(machine, options.signal);
  const facts = context.seen.get(machine)?.answers.get("fact:addresses") ?? "";
  const address = await addressOf(reachOf(context.stack, machine).address, facts);
  const proven = await prove(endpoint, address, session, options.signal);
  const { url, status, from } = proven;
  options.emit({
    event: "probed",
    url,
    ok: from !== "nowhere",
    detail: `status ${status}`,
    from: from === "host" ? "host" : "client",
  });
  return proven;
}

/** The address that a probe goes to: as the provider says, else (an alias of the ssh config) as the machine says. */
async function addressOf(told: string, facts: string): Promise<string> {
  if (isIP(told) !== 0) return told;
  try {
    return (await lookup(told)).address;
  } catch {
    return facts.split("%20")[0] ?? told;
  }
}
