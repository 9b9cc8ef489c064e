import { digestOf } from "../../src/lib/digest.ts";
import { type Init, opsPassword, type Packages, type Release, type Shell } from "./host.ts";
import { rpmPackages, rpmUserland } from "./rpm-userland.ts";

/** All that an image is made from: the same recipe is the same image, and its digest is the image's tag. */
export interface Recipe {
  release: Release;
  packages: readonly string[];
  /** Lines for sources.list. */
  sources: readonly string[];
  /** Run by sh on this machine, with the image's root folder as `$1`. */
  hooks: readonly string[];
  /** What mmdebstrap leaves out, by its names. */
  skip?: readonly string[];
}

/** What a Debian server has and no more; libpam-systemd puts ssh logins into sessions, as it does on servers. */
export const packages = ["openssh-server", "sudo", "iproute2", "procps", "ca-certificates"];
export const systemd = ["systemd", "systemd-sysv", "dbus", "libpam-systemd"];
/** The second has the scripts that packages do not bring any more. Debian 13's sshd takes systemd for its users otherwise. */
const sysv: Record<Release, readonly string[]> = {
  bookworm: ["sysvinit-core", "orphan-sysvinit-scripts"],
  trixie: ["sysvinit-core", "orphan-sysvinit-scripts", "systemd-standalone-sysusers"],
};

export const users = `
  for user in ops opspw; do chroot "$1" useradd --create-home --user-group --shell /bin/bash "$user"; done
  echo 'opspw:${opsPassword}' | chroot "$1" chpasswd
  echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/ops"
  echo 'opspw ALL=(ALL:ALL) ALL' > "$1/etc/sudoers.d/opspw"
  chmod 440 "$1/etc/sudoers.d/ops" "$1/etc/sudoers.d/opspw"`;

/** Keys and id belong to one host; every host gets its own when it is made. */
const noIdentity = `rm -f "$1"/etc/ssh/ssh_host_*; : > "$1/etc/machine-id"`;
const noKeys = `rm -f "$1"/etc/ssh/ssh_host_*`;

/**
 * sysvinit in a container: it has no terminals, and is switched off by the signal of a power failure. Scripts that look
 * after disks would reach for this machine's: they take all swap away, and make read-only what cannot be unmounted. They
 * keep their place in the order and do nothing.
 */
const contained = `
  sed -i -e '/:respawn:.*getty/d' -e 's,^pf::.*,pf::powerfail:/sbin/init 0,' "$1/etc/inittab"
  for name in umountfs umountroot checkroot.sh checkfs.sh hwclock.sh; do
    sed -i '/^### END INIT INFO/a exit 0' "$1/etc/init.d/$name"
  done`;

/** A folder of applets, first on the path of ssh sessions and of sudo. */
const applets = "/usr/lib/busybox/bin";
const path = `${applets}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const busybox = `
  mkdir -p "$1${applets}"; chroot "$1" busybox --install -s ${applets}
  echo 'SetEnv PATH=${path}' > "$1/etc/ssh/sshd_config.d/busybox.conf"
  echo 'Defaults secure_path="${path}"' > "$1/etc/sudoers.d/busybox"; chmod 440 "$1/etc/sudoers.d/busybox"
  for user in root ops opspw; do chroot "$1" usermod --shell /bin/sh "$user"; done`;

/** Which image a host is started from. */
export interface Kind {
  release: Release;
  shell: Shell;
  init: Init;
  packages: Packages;
}

/** The recipe for a kind of host; `aptSources` is the text of this machine's, whose mirror is used. */
export function recipe({ release, shell, init, packages: manager }: Kind, aptSources: string): Recipe {
  const { archive, security } = mirrors(aptSources);
  const isBusybox = shell === "busybox";
  const isSysv = init === "sysv";
  const isRpm = manager === "rpm";
  return {
    release,
    packages: [
      ...(isSysv ? sysv[release] : systemd),
      ...packages,
      ...(isBusybox ? ["busybox"] : []),
      ...(isRpm ? rpmPackages : []),
    ],
    sources: [
      `deb ${archive} ${release} main`,
      `deb ${archive} ${release}-updates main`,
      `deb ${security} ${release}-security main`,
    ],
    hooks: [
      users,
      ...(isSysv ? [noKeys, contained] : [noIdentity]),
      ...(isBusybox ? [busybox] : []),
      ...(isRpm ? [rpmUserland] : []),
    ],
    // It cleans up after itself by apt, which is gone by then.
    ...(isRpm ? { skip: ["cleanup/apt"] } : {}),
  };
}

/** The name of the image in the engine. */
export function imageTag(wanted: Recipe): string {
  return `drover-test-machine:${digestOf(wanted).slice(0, 16)}`;
}

/** The command that makes the image's files into a tar. */
export function bootstrap(wanted: Recipe, tar: string): [string, ...string[]] {
  return [
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--format=tar",
    '--aptopt=Acquire::Languages "none"',
    `--include=${wanted.packages.join(",")}`,
    ...(wanted.skip === undefined ? [] : [`--skip=${wanted.skip.join(",")}`]),
    ...wanted.hooks.map((hook) => `--customize-hook=set -e; ${hook}`),
    wanted.release,
    tar,
    ...wanted.sources,
  ];
}

/** The mirrors that apt uses here, else Debian's own. */
export function mirrors(aptSources: string): { archive: string; security: string } {
  const urls = aptSources.match(/^[^#\n]*\bhttps?:\/\/\S+/gm)?.map((line) => line.replace(/^.*(?=http)/, "")) ?? [];
  return {
    archive: urls.find((url) => /\/debian\/?$/.test(url)) ?? "http://deb.debian.org/debian",
    security: urls.find((url) => /\/debian-security\/?$/.test(url)) ?? "http://deb.debian.org/debian-security",
  };
}
