/**
 * A running machine of the tests: Debian in a container, with an address, sshd and (unless told otherwise) systemd. A virtual
 * machine (`vm/`) is one, too.
 */
export interface Host extends AsyncDisposable {
  /** What the test calls it; also its hostname and its name in `sshConfig`. */
  readonly name: string;
  /** The container that it is; of a virtual machine, its folder here. */
  readonly id: string;
  /** Reachable from here and from the other hosts; kept over a reboot. */
  readonly address: string;
  readonly port: number;
  /** Private key that opens `root`, `ops` (sudo without a password) and `opspw` (sudo with `opsPassword`). */
  readonly keyFile: string;
  /** A line for known_hosts. */
  readonly hostKey: string;
  /** Runs a script as root, past sshd (in a virtual machine by ssh): for looking at the host in tests. */
  sh(script: string): Promise<Outcome>;
  /** A restart of the container, or of the machine by its init system; resolves when sshd answers again and the boot has ended, well or degraded. */
  reboot(): Promise<void>;
  /** Switches it off as its init system would; `reboot` switches it on again. */
  stop(): Promise<void>;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export type Release = "bookworm" | "trixie";
export type Shell = "dash" | "bash" | "busybox";
export type Packages = "apt" | "rpm";
export type Init = "systemd" | "sysv" | "none";

export interface HostOptions {
  /** Rights and a /var/lib/docker volume, so that Docker can be installed in it. */
  docker?: boolean;
  /**
   * `none`: sshd under a loop in sh as PID 1; systemd's packages are there but it does not run. `sysv`: sysvinit with
   * init scripts, and nothing of systemd; like most such servers it has no machine-id.
   */
  init?: Init;
  release?: Release;
  /** What /bin/sh is. With `busybox`, ssh sessions and sudo also find busybox's applets before the GNU tools. */
  shell?: Shell;
  /** `rpm`: Debian's files with dnf and rpm in place of apt and dpkg, an empty rpm database, and no repository. */
  packages?: Packages;
  /** Trust what this machine trusts (its bundle of CA certificates), for networks that intercept TLS. */
  ca?: boolean;
  /** Fetch the apt lists once it is up; without this a host starts bare. */
  aptLists?: boolean;
  /** Gives up when aborted; without one, after ten minutes. */
  signal?: AbortSignal;
}

/** The password of `opspw`. */
export const opsPassword = "drover-test";
