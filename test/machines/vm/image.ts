import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { exists, openCache, testKey } from "../cache.ts";
import { must } from "../command.ts";
import { aptSources } from "../image.ts";
import { withLock } from "../lock.ts";
import { bootstrap, type Recipe } from "../recipe.ts";
import { imageName, vmRecipe } from "./recipe.ts";

/** Files of the image that all virtual machines begin with. */
export interface VmImage {
  /** The whole disk, one file system; only ever read. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The host key of all of them: type and key. */
  readonly hostKey: string;
}

/** An image is kept so long; then the next one has the archive's newer packages. */
const keepDays = 30;

/** The image: from the cache, else made. */
export async function ensureVmImage(signal: AbortSignal): Promise<VmImage> {
  const recipe = vmRecipe(await aptSources(), await readFile(`${await testKey(signal)}.pub`, "utf8"));
  const cache = await openCache();
  const folder = join(cache, imageName(recipe));
  await withLock(join(cache, "vm-image.lock"), signal, async () => {
    await prune(cache);
    if (!(await exists(folder))) await make(recipe, folder, signal);
  });
  const hostKey = (await readFile(join(folder, "host-key.pub"), "utf8")).trim();
  return { disk: join(folder, "disk"), kernel: join(folder, "kernel"), initrd: join(folder, "initrd"), hostKey };
}

/** A file system is made of the files without mounting anything, which takes no right but root's. */
async function make(recipe: Recipe, folder: string, signal: AbortSignal): Promise<void> {
  const part = `${folder}.part`;
  const [tar, root] = [join(part, "root.tar"), join(part, "root")];
  await mkdir(root, { recursive: true });
  await must(bootstrap(recipe, tar), { signal });
  await must(["tar", "-x", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-f", tar, "-C", root], { signal });
  const boot = await readdir(join(root, "boot"));
  const take = async (prefix: string, name: string): Promise<void> => {
    const found = boot.find((file) => file.startsWith(prefix));
    if (found === undefined) throw new Error(`the image has no ${prefix} in /boot`);
    await copyFile(join(root, "boot", found), join(part, name));
  };
  await take("vmlinuz", "kernel");
  await take("initrd.img", "initrd");
  await copyFile(join(root, "etc/ssh/ssh_host_ed25519_key.pub"), join(part, "host-key.pub"));
  const options = ["-q", "-t", "ext4", "-L", "root", "-E", "lazy_itable_init=0"] as const;
  await must(["mke2fs", ...options, "-d", root, join(part, "disk"), "4G"], { signal });
  await Promise.all([rm(root, { recursive: true }), rm(tar)]);
  await rename(part, folder);
}

/** Under the lock: what a killed run left half-made, and what is too old. */
async function prune(cache: string): Promise<void> {
  const oldest = Date.now() - keepDays * 86_400_000;
  for (const name of await readdir(cache)) {
    if (!/^vm-[0-9a-f]{16}(\.part)?$/.test(name)) continue;
    const path = join(cache, name);
    if (name.endsWith(".part") || (await stat(path)).mtimeMs < oldest) await rm(path, { recursive: true });
  }
}
