import { randomBytes } from "node:crypto";
import { z } from "zod";
import { DroverError } from "../../src/lib/error.ts";
import { type ContainerFacts, containerSpec } from "./container.ts";
import { call } from "./engine-api.ts";
import type { HostOptions } from "./host.ts";
import { someAddress } from "./network.ts";
import { removeContainer } from "./sweep.ts";

const Created = z.object({ Id: z.string() });

/** Creates a host's container, puts its files in and starts it; when its address turns out to be taken, at another one. */
export async function launch(
  facts: Omit<ContainerFacts, "address">,
  prefix: string,
  files: Buffer,
  options: HostOptions,
  signal: AbortSignal,
): Promise<{ id: string; address: string }> {
  for (let attempt = 1; ; attempt++) {
    const address = someAddress(prefix);
    const label = `drover-test-${facts.name}-${randomBytes(4).toString("hex")}`;
    const json = containerSpec({ ...facts, address }, options);
    const made = await call({ method: "POST", path: `/containers/create?name=${label}`, json, signal });
    const id = Created.parse(JSON.parse(made)).Id;
    try {
      await call({ method: "PUT", path: `/containers/${id}/archive?path=/`, tar: files, signal });
      await call({ method: "POST", path: `/containers/${id}/start`, signal });
      return { id, address };
    } catch (error) {
      await removeContainer(id, AbortSignal.timeout(60_000));
      if (attempt === 5 || !isAddressTaken(error)) throw error;
    }
  }
}

/** The engine has no status of its own for it. */
function isAddressTaken(error: unknown): boolean {
  return DroverError.is(error) && error.evidence.some((line) => line.includes("Address already in use"));
}
