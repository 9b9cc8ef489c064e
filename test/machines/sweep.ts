import { z } from "zod";
import { call } from "./engine-api.ts";
import { isOrphan, ownerLabel } from "./owner.ts";

const Listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()) }));

/** Removes the hosts whose test process is gone. */
export async function sweep(signal: AbortSignal = AbortSignal.timeout(60_000)): Promise<void> {
  const hosts = await listed(ownerLabel, signal);
  const orphans = await Promise.all(hosts.map(async ({ Id, Labels }) => ((await isOrphan(Labels)) ? [Id] : [])));
  await Promise.all(orphans.flat().map((id) => removeContainer(id, signal)));
}

/** Removes the hosts that were started to be kept. Answers how many. */
export async function removeKept(signal: AbortSignal): Promise<number> {
  const hosts = await listed(`${ownerLabel}=kept`, signal);
  await Promise.all(hosts.map(({ Id }) => removeContainer(Id, signal)));
  return hosts.length;
}

/** Removes a container, running or not, with its anonymous volumes; gone or going already is fine. */
export async function removeContainer(id: string, signal: AbortSignal): Promise<void> {
  await call({ method: "DELETE", path: `/containers/${id}?force=1&v=1`, signal }, [404, 409]);
}

async function listed(label: string, signal: AbortSignal): Promise<z.infer<typeof Listed>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  return Listed.parse(
    JSON.parse(await call({ method: "GET", path: `/containers/json?all=1&filters=${filters}`, signal })),
  );
}
