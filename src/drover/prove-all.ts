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
  const told = reachOf(context.stack, machine).address;
  const connected = context.seen.get(machine)?.answers.get("fact:address") ?? "";
  const address = await addressOf(told, connected);
  const proven = await prove(withAddress(endpoint, connected), address, session, options.signal);
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

/** An app without host names is reached by the machine's address: the one that we came by, not one of its bridges. */
function withAddress(endpoint: Endpoint, connected: string): Endpoint {
  if (endpoint.host !== "" || connected === "") return endpoint;
  return { ...endpoint, url: `http://${isIP(connected) === 6 ? `[${connected}]` : connected}${endpoint.path}` };
}

/** The address that a probe goes to: the one that the connection went to, else as the provider says. */
async function addressOf(told: string, connected: string): Promise<string> {
  if (connected !== "") return connected;
  if (isIP(told) !== 0) return told;
  try {
    return (await lookup(told)).address;
  } catch {
    return told; // The probe itself will say that nobody answers there.
  }
}
