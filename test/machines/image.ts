import { createReadStream } from "node:fs";
import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DroverError } from "../../src/lib/error.ts";
import { exists, openCache } from "./cache.ts";
import { must } from "./command.ts";
import { call, send } from "./engine-api.ts";
import { withLock } from "./lock.ts";
import { bootstrap, imageTag, type Kind, type Recipe, recipe } from "./recipe.ts";

/** A tar is kept so long; then the next one has the archive's newer packages. */
const keepDays = 30;

/** The image for such a host: from the engine, else from the tar cache, else bootstrapped. Answers its tag. */
export async function ensureImage(kind: Kind, signal: AbortSignal): Promise<string> {
  const wanted = recipe(kind, await aptSources());
  const tag = imageTag(wanted);
  if (await isInEngine(tag, signal)) return tag;
  const folder = await openCache();
  await withLock(join(folder, "image.lock"), signal, async () => {
    if (await isInEngine(tag, signal)) return; // made by whoever held the lock
    await prune(folder);
    const tar = join(folder, `${tag.replace(":", "-")}.tar`);
    if (!(await exists(tar))) await make(wanted, tar, signal);
    await importTar(tar, tag, signal);
  });
  return tag;
}

async function make(wanted: Recipe, tar: string, signal: AbortSignal): Promise<void> {
  const part = `${tar}.part`;
  await must(bootstrap(wanted, part), { signal });
  await rename(part, tar);
}

async function importTar(tar: string, tag: string, signal: AbortSignal): Promise<void> {
  const [repo, version] = tag.split(":");
  const path = `/images/create?fromSrc=-&repo=${repo}&tag=${version}`;
  const progress = await call({ method: "POST", path, tar: createReadStream(tar), signal });
  if (await isInEngine(tag, signal)) return;
  throw new DroverError("STEP_FAILED", `the container engine did not import ${tar}`, { evidence: [progress.trim()] });
}

async function isInEngine(tag: string, signal: AbortSignal): Promise<boolean> {
  const answer = await send({ method: "GET", path: `/images/${tag}/json`, signal });
  answer.resume();
  return answer.statusCode === 200;
}

/** Under the lock: what a killed run left half-made, and what is too old. */
async function prune(folder: string): Promise<void> {
  const oldest = Date.now() - keepDays * 86_400_000;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".tar.part")) await rm(path);
    else if (name.endsWith(".tar") && (await stat(path)).mtimeMs < oldest) await rm(path);
  }
}

/** The text of this machine's. */
export async function aptSources(): Promise<string> {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
  return (await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")))).join("\n");
}
