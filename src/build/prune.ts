import { DEPS_REPOSITORY, isOn } from "./deps.ts";
import { type EngineApi, imagePath } from "./engine-api.ts";
import { type EngineImage, findImage, parseImages } from "./engine-shapes.ts";
import { tagImage } from "./ship.ts";

/** Of those that no app's image lies on. More than a few apps need; each can be some hundred megabytes. */
export const KEPT_DEPENDENCIES = 16;

/** Notes on the engine that these images were used just now: it gives a time to what is named, not to what is loaded. */
export async function noteUse(api: EngineApi, tags: readonly string[], signal: AbortSignal): Promise<void> {
  for (const tag of tags) await tagImage(api, tag, tag, signal);
}

/** Takes images of dependencies and assets off an engine; of the idle ones `keep` stay. Gives the names of those that went. */
export async function pruneDependencies(api: EngineApi, keep: number, signal: AbortSignal): Promise<string[]> {
  const old = (await idleDependencies(api, signal)).slice(keep);
  for (const tag of old) {
    // In use by a build that runs right now, or gone already: both are fine.
    await api.json("DELETE", imagePath(tag, "").replace(/\/$/, ""), { accept: [404, 409], signal });
  }
  return old;
}

/** Names of images of dependencies and assets that no other image lies on, the last used first. */
export async function idleDependencies(api: EngineApi, signal: AbortSignal): Promise<string[]> {
  const { kept, others } = await lookAround(api, signal);
  const idle = kept.filter(({ image }) => !others.some((other) => isOn(other, image)));
  const order = (a: Kept, b: Kept): number => timeOf(b.image) - timeOf(a.image) || (a.tag < b.tag ? -1 : 1);
  return idle.sort(order).map(({ tag }) => tag);
}

interface Kept {
  readonly tag: string;
  readonly image: EngineImage;
}
interface Around {
  /** What builds keep on the engine. */
  readonly kept: Kept[];
  readonly others: EngineImage[];
}

async function lookAround(api: EngineApi, signal: AbortSignal): Promise<Around> {
  const listed = parseImages(await api.json("GET", "/images/json", { signal }));
  const around: Around = { kept: [], others: [] };
  // The API's own connection limit keeps this from asking everything at once.
  const images = await Promise.all(listed.map(({ id }) => findImage(api, id, signal)));
  for (const [index, image] of images.entries()) {
    const tags = listed[index]?.tags ?? [];
    const own = tags.filter((tag) => tag.startsWith(`${DEPS_REPOSITORY}:`));
    if (image === undefined) continue;
    if (own.length < tags.length || own.length === 0) around.others.push(image);
    for (const tag of own) around.kept.push({ tag, image });
  }
  return around;
}

/** When it was last used; what has no time was left by a build that was cut off. */
function timeOf(image: EngineImage): number {
  return Date.parse(image.tagged) || 0;
}
