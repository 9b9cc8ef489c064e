import { DEPS_REPOSITORY } from "./deps.ts";
import { type EngineApi, imagePath } from "./engine-api.ts";
import { findImage, parseImageTags } from "./engine-shapes.ts";

/** More than the kept releases of a few apps need; each can be some hundred megabytes. */
export const KEPT_DEPENDENCIES = 16;

/**
 * Takes the oldest images of installed dependencies and assets off an engine; `keep` of them stay. Layers that an app's image
 * uses stay with that image. Gives the names of those that went.
 */
export async function pruneDependencies(api: EngineApi, keep: number, signal: AbortSignal): Promise<string[]> {
  const filters = JSON.stringify({ reference: [DEPS_REPOSITORY] });
  const tags = parseImageTags(await api.json("GET", "/images/json", { query: { filters }, signal }));
  const aged = await Promise.all(
    tags.map(async (tag) => ({ tag, tagged: (await findImage(api, tag, signal))?.tagged ?? "" })),
  );
  const old = aged.sort((a, b) => (a.tagged < b.tagged ? 1 : -1)).slice(keep);
  for (const { tag } of old) {
    // In use by a build that runs right now, or gone already: both are fine.
    await api.json("DELETE", imagePath(tag, "").replace(/\/$/, ""), { accept: [404, 409], signal });
  }
  return old.map(({ tag }) => tag);
}
