import { mkdir, rename, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { must } from "./command.ts";
import { withLock } from "./lock.ts";

/** Where images, keys and logs of the test machines stay between runs: outside the repository. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  if (base !== undefined && base !== "") return join(base, "drover-test");
  return join(process.getuid?.() === 0 ? "/var/cache" : join(homedir(), ".cache"), "drover-test");
}

/** The cache folder, there and closed to others. */
export async function openCache(): Promise<string> {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The key pair that opens every test host: made once per cache, so that it is in no repository and in no image. */
export async function testKey(signal: AbortSignal): Promise<string> {
  const folder = await openCache();
  const path = join(folder, "id_ed25519");
  if (await exists(path)) return path;
  await withLock(join(folder, "key.lock"), signal, async () => {
    if (await exists(path)) return;
    const fresh = join(folder, `id_ed25519.${process.pid}`);
    await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "drover-test", "-f", fresh], { signal });
    await rename(`${fresh}.pub`, `${path}.pub`);
    await rename(fresh, path); // last: its presence says that both are there
  });
  return path;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
