import { randomUUID } from "node:crypto";
import type { EngineApi } from "./engine-api.ts";
import { parseContainerIds } from "./engine-shapes.ts";

/** Names the builds of this process: their containers are not leftovers. */
const RUN = randomUUID();

/** An image's name without its tag: builds for one app never run side by side, since the lock of their target is held. */
function repositoryOf(image: string): string {
  return image.replace(/:[^:/]*$/, "");
}

/** Labels by which a container of a build is known. */
export function buildLabels(image: string): Record<string, string> {
  return { "drover.build": "container", "drover.build.for": repositoryOf(image), "drover.build.run": RUN };
}

/** Removes containers that a build of this image left when its client was killed. */
export async function sweepContainers(api: EngineApi, image: string, signal: AbortSignal): Promise<void> {
  const label = ["drover.build=container", `drover.build.for=${repositoryOf(image)}`];
  const query = { all: "1", filters: JSON.stringify({ label }) };
  const found = parseContainerIds(await api.json("GET", "/containers/json", { query, signal }));
  for (const { id, labels } of found) {
    if (labels["drover.build.run"] === RUN) continue;
    await api.json("DELETE", `/containers/${id}`, { query: { force: "1", v: "1" }, accept: [404, 409], signal });
  }
}
