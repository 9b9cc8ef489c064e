import type { HostOptions } from "./host.ts";
import { networkName } from "./network.ts";

/** What makes one host's container differ from the next one's. */
export interface ContainerFacts {
  name: string;
  image: string;
  address: string;
  resolver: string;
  labels: Record<string, string>;
}

const always = ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"];

/** All that dockerd asks for, without SYS_RESOURCE: where these tests run nobody has that, so `privileged` fails. */
const forDocker = [
  ...["AUDIT_CONTROL", "BLOCK_SUSPEND", "DAC_READ_SEARCH", "IPC_LOCK", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE"],
  ...["MAC_ADMIN", "MAC_OVERRIDE", "NET_BROADCAST", "SYS_BOOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_RAWIO"],
  ...["SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"],
];

/**
 * A host has control groups of its own (a private namespace), mounted read-only by the engine; a server's are writable.
 * What does not let itself be remounted was no mount: with cgroup v2 there is one, with v1 one for each controller.
 */
const ownGroups = 'for m in /sys/fs/cgroup /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$m" 2>/dev/null; done';

/** PID 1 where there is no init: `wait` in sh also reaps orphans, and a trap ends it, which ends all else. */
const loop = `trap 'exit 0' TERM; mkdir -p /run/sshd; while :; do /usr/sbin/sshd -D & wait $!; sleep 1; done`;

/** The body with which the engine creates the container. */
export function containerSpec(facts: ContainerFacts, options: HostOptions): Record<string, unknown> {
  const isSystemd = options.init !== "none";
  return {
    Image: facts.image,
    Hostname: facts.name,
    Labels: facts.labels,
    Env: ["container=docker"],
    Cmd: ["/bin/sh", "-c", `${ownGroups}; ${isSystemd ? "exec /sbin/init" : loop}`],
    StopSignal: isSystemd ? "SIGRTMIN+3" : "SIGTERM",
    ...(options.docker ? { Volumes: { "/var/lib/docker": {} } } : {}),
    HostConfig: {
      CapAdd: options.docker ? [...always, ...forDocker] : always,
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
