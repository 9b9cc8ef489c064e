import type { HostOptions, Init } from "./host.ts";
import { networkName } from "./network.ts";
import { nameLabel } from "./owner.ts";

/** What makes one host's container differ from the next one's. */
export interface ContainerFacts {
  name: string;
  image: string;
  address: string;
  resolver: string;
  labels: Record<string, string>;
}

const always = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];

/**
 * Nearly all that a privileged container has. Without SYS_RESOURCE: where these tests run nobody has that, so `privileged`
 * fails. Without SYS_MODULE: a container has no modules to load, and Debian 13 with that right tries and boots degraded.
 */
const forDocker = [
  ...["AUDIT_CONTROL", "BLOCK_SUSPEND", "DAC_READ_SEARCH", "IPC_LOCK", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE"],
  ...["MAC_ADMIN", "MAC_OVERRIDE", "NET_BROADCAST", "SYS_BOOT", "SYS_NICE", "SYS_PACCT", "SYS_RAWIO"],
  ...["SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"],
];

/**
 * The engine mounts read-only what a server can write. A host's control groups are its own (a private namespace), and so
 * are the kernel's settings for its network: both become writable. What cannot be remounted was no mount: with cgroup v2
 * there is one, with v1 one for each controller. All other kernel settings are this machine's, and stay read-only.
 */
const writable = `
  for m in /sys/fs/cgroup /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$m" 2>/dev/null; done
  mount --bind /proc/sys/net /proc/sys/net; mount -o remount,bind,rw /proc/sys/net`;

/** PID 1 where there is no init: `wait` in sh also reaps orphans, and a trap ends it, which ends all else. */
const loop = `trap 'exit 0' TERM; mkdir -p /run/sshd; while :; do /usr/sbin/sshd -D & wait $!; sleep 1; done`;

/** What each init system is started by, and switches the host off at. The last call of sysvinit's scripts is reboot(2). */
const inits: Record<Init, { start: string; stop: string; rights: readonly string[] }> = {
  systemd: { start: "exec /sbin/init", stop: "SIGRTMIN+3", rights: [] },
  sysv: { start: "exec /sbin/init", stop: "SIGPWR", rights: ["SYS_BOOT"] },
  none: { start: loop, stop: "SIGTERM", rights: [] },
};

/** The body with which the engine creates the container. */
export function containerSpec(facts: ContainerFacts, options: HostOptions): Record<string, unknown> {
  const { start, stop, rights } = inits[options.init ?? "systemd"];
  return {
    Image: facts.image,
    Hostname: facts.name,
    Labels: { ...facts.labels, [nameLabel]: facts.name },
    Env: ["container=docker"],
    Cmd: ["/bin/sh", "-c", `${writable}; ${start}`],
    StopSignal: stop,
    ...(options.docker ? { Volumes: { "/var/lib/docker": {} } } : {}),
    HostConfig: {
      CapAdd: [...new Set([...always, ...rights, ...(options.docker ? forDocker : [])])],
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      Tmpfs: { "/run": "mode=755", "/run/lock": "mode=1777" },
      Binds: [`${facts.resolver}:/etc/resolv.conf:ro`],
      CgroupnsMode: "private",
      NetworkMode: networkName,
    },
    NetworkingConfig: {
      EndpointsConfig: { [networkName]: { IPAMConfig: { IPv4Address: facts.address } } },
    },
  };
}
