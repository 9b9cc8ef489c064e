import { dropIn, file, pkg, type Role, service } from "drover";

export interface NtpOptions {
  /** Where the time comes from, best first. */
  readonly servers?: readonly string[];
  /** Networks that may ask this machine for the time. */
  readonly allow?: readonly string[];
  /** Whether it sets this machine's clock. A container has no right to: its clock is the host's. */
  readonly setsClock?: boolean;
}

const POOL = ["0", "1", "2", "3"].map((number) => `${number}.debian.pool.ntp.org`);

const config = (servers: readonly string[], allow: readonly string[]): string =>
  [
    ...servers.map((server) => `server ${server} iburst`),
    "driftfile /var/lib/chrony/chrony.drift",
    "makestep 1.0 3",
    "rtcsync",
    ...allow.map((network) => `allow ${network}`),
    // Without any of its servers it goes on telling the time that it has.
    ...(allow.length === 0 ? [] : ["local stratum 10"]),
    "",
  ].join("\n");

/** chrony: this machine's clock follows time servers, and others may follow this machine. */
export function ntp({
  servers = POOL,
  allow = ["127.0.0.0/8", "10.0.0.0/8"],
  setsClock = true,
}: NtpOptions = {}): Role {
  const needs = ["package:chrony"];
  // Debian's unit does not even start where the clock cannot be set; `-x` leaves the clock alone.
  const unclocked = [
    file("/etc/default/chrony", { content: 'DAEMON_OPTS="-F 1 -x"\n' }, { needs }),
    dropIn("chrony.service", "container", { Unit: { ConditionCapability: "" } }),
  ];
  return () => [
    pkg("chrony"),
    file("/etc/chrony/chrony.conf", { content: config(servers, allow) }, { needs }),
    ...(setsClock ? [] : unclocked),
    service("chrony", {
      follows: ["file:/etc/chrony/chrony.conf", ...(setsClock ? [] : ["file:/etc/default/chrony"])],
    }),
  ];
}

/** As it runs anywhere, in containers too. A machine with a clock of its own takes `ntp()`. */
export default ntp({ setsClock: false });
