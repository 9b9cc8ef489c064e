import { join } from "node:path";
import { openCache } from "../cache.ts";
import { withLock } from "../lock.ts";
import { describe, install, missingPackages } from "../packages.ts";
import type { Available } from "../require.ts";

/** What makes and runs virtual machines, and the Debian package that brings it. */
const tools = {
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  mmdebstrap: "mmdebstrap",
  mke2fs: "e2fsprogs",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
};

/** Makes sure that virtual machines can be made here: as root installs what is missing, else says why not. */
export async function requireVirtualMachines(signal = AbortSignal.timeout(600_000)): Promise<Available> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return { ok: false, why: "virtual machines of the tests need Linux on x64" };
  // The files of the image belong to many users.
  if (process.getuid?.() !== 0) return { ok: false, why: "not root, who alone can make their image" };
  try {
    await withLock(join(await openCache(), "vm-install.lock"), signal, async () =>
      install(await missingPackages(tools, signal), signal, ["--no-install-recommends"]),
    );
    const still = await missingPackages(tools, signal);
    return still.length === 0 ? { ok: true } : { ok: false, why: `these packages are missing: ${still.join(", ")}` };
  } catch (error) {
    return { ok: false, why: describe(error) };
  }
}
