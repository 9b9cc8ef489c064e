import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { DroverError } from "../../../src/lib/error.ts";
import { openCache, testKey } from "../cache.ts";
import { lastLines, must } from "../command.ts";
import { startTime } from "../owner.ts";
import { sshConfig } from "../ssh-config.ts";
import { ensureVmImage } from "./image.ts";
import { type VirtualMachine, virtualMachine } from "./machine.ts";
import { Power } from "./power.ts";
import { files } from "./qemu.ts";

export interface VmOptions {
  /** Sizes of further empty disks, /dev/vdb and so on, as `qemu-img` takes them. Default two of 1 GiB. */
  readonly disks?: readonly string[];
  /** Ports of it that can be reached from here, besides that of ssh. */
  readonly ports?: readonly number[];
}

/** Starts a virtual machine on a disk of its own; it is gone when disposed of, at the latest with this process. */
export async function startVirtualMachine(name: string, options: VmOptions = {}): Promise<VirtualMachine> {
  const signal = AbortSignal.timeout(1_800_000);
  const { disks = ["1G", "1G"], ports: others = [] } = options;
  const image = await ensureVmImage(signal);
  const folder = await runFolder();
  const overlay = ["qemu-img", "create", "-q", "-f", "qcow2"] as const;
  await must([...overlay, "-b", image.disk, "-F", "raw", join(folder, files.root)], { signal });
  for (const [index, size] of disks.entries())
    await must([...overlay, join(folder, files.disk(index)), size], { signal });
  const there = [22, ...others];
  const here = await freePorts(there.length);
  const forwards = Object.fromEntries(there.map((port, index) => [port, here[index] ?? 0]));
  const port = forwards[22] ?? 0;
  const facts = { name, id: folder, address: "127.0.0.1", port, keyFile: await testKey(signal) };
  const host = { ...facts, hostKey: `[127.0.0.1]:${port} ${image.hostKey}` };
  const power = new Power({ image, folder, forwards, disks: disks.length });
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const machine = virtualMachine({
    facts: host,
    power,
    config: await sshConfig([host], folder),
    ports: forwards,
    remove,
  });
  try {
    await machine.boot();
    await prepare(machine);
    return machine;
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}

/** Its own name, and a first boot that has ended well, with what it wrote on its disk. */
async function prepare(machine: VirtualMachine): Promise<void> {
  const named = `echo ${machine.name} >/etc/hostname && hostname ${machine.name} && sync`;
  const { code, stdout } = await machine.sh(`${named} && systemctl is-system-running || systemctl --failed`);
  if (code === 0 && stdout.trim() === "running") return;
  const where = { machine: machine.name };
  throw new DroverError("STEP_FAILED", "a virtual machine booted badly", { where, evidence: lastLines(stdout) });
}

/** A folder named after this process; those of processes that are gone go first. */
async function runFolder(): Promise<string> {
  const parent = join(await openCache(), "vm-run");
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const [pid = "", since] = name.split(".");
    if ((await startTime(Number(pid))) !== since) await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${process.pid}.${await startTime(process.pid)}.`));
}

/** Ports that nobody listens on: all held at once, so that they are different ones. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject).listen(0, "127.0.0.1", () => {
            const bound = server.address();
            resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
