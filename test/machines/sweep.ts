import { z } from "zod";
import { call } from "./engine-api.ts";
import { isOrphan, nameLabel, ownerLabel } from "./owner.ts";

const Listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()) }));

/** Removes the hosts whose test process is gone. */
export async function sweep(signal: AbortSignal = AbortSignal.timeout(60_000)): Promise<void> {
  const hosts = await listed(ownerLabel, signal);
  const orphans = await Promise.all(hosts.map(async ({ Id, Labels }) => ((await isOrphan(Labels)) ? [Id] : [])));
  await Promise.all(orphans.flat().map((id) => removeContainer(id, signal)));
}

/** Removes the hosts of these names (of any, when none is given) that were started to be kept. Answers their names. */
export async function removeKept(names: readonly string[], signal: AbortSignal): Promise<string[]> {
  const kept = await listed(`${ownerLabel}=kept`, signal);
  const hosts = kept.filter(({ Labels }) => names.length === 0 || names.includes(Labels[nameLabel] ?? ""));
  await Promise.all(hosts.map(({ Id }) => removeContainer(Id, signal)));
  return hosts.map(({ Labels }) => Labels[nameLabel] ?? "");
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
