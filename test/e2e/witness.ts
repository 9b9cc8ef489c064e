import { expect } from "vitest";
import type { Host } from "../machines/index.ts";
import { output } from "./stage.ts";
import { readTrace, type Seen, TRACED } from "./strace.ts";

const LOG = "/dev/shm/witness";
const SSHD = "/usr/sbin/sshd";

/** Puts strace on a host, and takes away again what apt left besides. */
export async function installWitness(host: Host): Promise<void> {
  await output(host, "apt-get update -qq && apt-get install -y -qq --no-install-recommends strace >/dev/null 2>&1");
  await output(host, "apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin");
}

/** Has strace look on at the host's sshd, from which every shell over SSH comes, while something is done. */
export async function watched<T>(host: Host, work: () => Promise<T>): Promise<Seen & { readonly result: T }> {
  const traced = TRACED.map((name) => `?${name}`).join(",");
  const pid = await output(host, "systemctl show -p MainPID --value ssh");
  await output(
    host,
    `rm -f ${LOG} && systemd-run -q --collect --unit=witness strace -f -y -e trace=${traced} -o ${LOG} -p ${pid}`,
  );
  const has = (script: string) => async () => (await host.sh(script)).code === 0;
  try {
    await expect.poll(has(`! grep -q '^TracerPid:.0$' /proc/${pid}/status`), { timeout: 60_000 }).toBe(true);
    const result = await work();
    // What the work leaves running on the way out is looked at, too.
    await expect.poll(has(`! pgrep -P ${pid}`), { timeout: 60_000 }).toBe(true);
    return { result, ...(await stopped(host)) };
  } finally {
    await host.sh("systemctl stop witness");
  }
}

async function stopped(host: Host): Promise<Seen> {
  await output(host, "systemctl stop witness");
  return readTrace(await output(host, `cat ${LOG}`), SSHD);
}
