import { digestOf } from "../../../src/lib/digest.ts";
import { quote } from "../../../src/lib/quote.ts";
import { mirrors, packages, type Recipe, systemd, users } from "../recipe.ts";

/**
 * What makes a container's Debian a machine: a kernel, what its disks and rules need, and what writes the signatures that
 * tests put onto disks. The kernel for clouds has device-mapper, xfs and nftables, and boots faster than the whole one.
 */
const machine = [
  ...["linux-image-cloud-amd64", "initramfs-tools", "zstd", "udev", "kmod"],
  ...["lvm2", "e2fsprogs", "xfsprogs", "fdisk", "nftables"],
  ...["cryptsetup-bin", "mdadm", "locales", "tzdata"],
];

/** One network card, whose addresses are always the same behind QEMU's own network: a unit does that fastest. */
const unit = `[Unit]
DefaultDependencies=no
Wants=network-pre.target
After=network-pre.target
Before=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'until ip link set eth0 up; do sleep 0.2; done; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2'
[Install]
WantedBy=multi-user.target
`;

const network = `
  printf '%s' ${quote(unit)} >"$1/etc/systemd/system/card.service"
  chroot "$1" systemctl enable -q card
  rm -f "$1/etc/resolv.conf"; echo 'nameserver 10.0.2.3' >"$1/etc/resolv.conf"`;

/** What it has on a first boot: a root file system that is checked and mounted as on any server. */
const disks = `
  echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$1/etc/fstab"
  printf 'MODULES=list\\nCOMPRESS=zstd\\n' >"$1/etc/initramfs-tools/conf.d/small"
  printf 'virtio_pci\\nvirtio_blk\\nvirtio_net\\n' >>"$1/etc/initramfs-tools/modules"
  chroot "$1" update-initramfs -u >/dev/null`;

/** Nothing of its own begins to work while a test looks, and what takes long at boot and does nothing here is left out. */
const masked = [
  ...["apt-daily.timer", "apt-daily-upgrade.timer", "man-db.timer", "e2scrub_all.timer", "e2scrub_reap.service"],
  ...[
    "fstrim.timer",
    "dpkg-db-backup.timer",
    "dev-hugepages.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
  ],
  ...[
    "getty@tty1.service",
    "serial-getty@ttyS0.service",
    "systemd-binfmt.service",
    "proc-sys-fs-binfmt_misc.automount",
  ],
  ...["systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "modprobe@drm.service"],
  ...["modprobe@efi_pstore.service", "sys-fs-fuse-connections.mount", "sys-kernel-config.mount"],
];
const quiet = `chroot "$1" systemctl mask -q ${masked.join(" ")}`;

/** The recipe for a virtual machine; the keys are of this machine's cache, and so is the image. */
export function vmRecipe(aptSources: string, userKey: string): Recipe {
  const { archive, security } = mirrors(aptSources);
  const keys = `
  mkdir -p -m 700 "$1/root/.ssh"; echo '${userKey.trim()}' >"$1/root/.ssh/authorized_keys"
  rm -f "$1"/etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -C "" -f "$1/etc/ssh/ssh_host_ed25519_key"
  : >"$1/etc/machine-id"; echo debian >"$1/etc/hostname"`;
  return {
    release: "bookworm",
    packages: [...systemd, ...packages, ...machine],
    sources: [
      `deb ${archive} bookworm main`,
      `deb ${archive} bookworm-updates main`,
      `deb ${security} bookworm-security main`,
    ],
    hooks: [users, network, disks, quiet, keys],
  };
}

/** The name of its folder in the cache. */
export function imageName(recipe: Recipe): string {
  return `vm-${digestOf(recipe).slice(0, 16)}`;
}
