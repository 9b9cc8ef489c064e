import { digestOf } from "../../src/lib/digest.ts";
import { opsPassword, type Packages, type Release, type Shell } from "./host.ts";
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
const packages = [
  ...["systemd", "systemd-sysv", "dbus", "libpam-systemd"],
  ...["openssh-server", "sudo", "iproute2", "procps", "ca-certificates"],
];

const users = `
  for user in ops opspw; do chroot "$1" useradd --create-home --user-group --shell /bin/bash "$user"; done
  echo 'opspw:${opsPassword}' | chroot "$1" chpasswd
  echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' > "$1/etc/sudoers.d/ops"
  echo 'opspw ALL=(ALL:ALL) ALL' > "$1/etc/sudoers.d/opspw"
  chmod 440 "$1/etc/sudoers.d/ops" "$1/etc/sudoers.d/opspw"`;

/** Keys and id belong to one host; every host gets its own when it is made. */
const noIdentity = `rm -f "$1"/etc/ssh/ssh_host_*; : > "$1/etc/machine-id"`;

/** A folder of applets, first on the path of ssh sessions and of sudo. */
const applets = "/usr/lib/busybox/bin";
const path = `${applets}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const busybox = `
  mkdir -p "$1${applets}"; chroot "$1" busybox --install -s ${applets}
  echo 'SetEnv PATH=${path}' > "$1/etc/ssh/sshd_config.d/busybox.conf"
  echo 'Defaults secure_path="${path}"' > "$1/etc/sudoers.d/busybox"; chmod 440 "$1/etc/sudoers.d/busybox"
  for user in root ops opspw; do chroot "$1" usermod --shell /bin/sh "$user"; done`;

/** The recipe for a release, a shell and a package manager; `aptSources` is the text of this machine's, whose mirror is used. */
export function recipe(release: Release, shell: Shell, aptSources: string, manager: Packages = "apt"): Recipe {
  const { archive, security } = mirrors(aptSources);
  const isBusybox = shell === "busybox";
  const isRpm = manager === "rpm";
  return {
    release,
    packages: [...packages, ...(isBusybox ? ["busybox"] : []), ...(isRpm ? rpmPackages : [])],
    sources: [
      `deb ${archive} ${release} main`,
      `deb ${archive} ${release}-updates main`,
      `deb ${security} ${release}-security main`,
    ],
    hooks: [users, noIdentity, ...(isBusybox ? [busybox] : []), ...(isRpm ? [rpmUserland] : [])],
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
