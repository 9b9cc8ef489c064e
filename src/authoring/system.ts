import type { CaCertificateInput } from "../resources/ca-certificate.ts";
import type { FilesystemInput } from "../resources/filesystem.ts";
import type { HostnameInput } from "../resources/hostname.ts";
import type { HostsEntryInput } from "../resources/hosts-entry.ts";
import type { KernelModuleInput } from "../resources/kernel-module.ts";
import type { LocaleInput } from "../resources/locale.ts";
import type { LogicalVolumeInput } from "../resources/logical-volume.ts";
import type { MountInput } from "../resources/mount.ts";
import type { SwapInput } from "../resources/swap.ts";
import type { SysctlInput } from "../resources/sysctl.ts";
import type { TimezoneInput } from "../resources/timezone.ts";
import type { VolumeGroupInput } from "../resources/volume-group.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A setting of the kernel, now and at every boot. Its name is written with dots, or with slashes as under /proc/sys.
 *
 * @example
 * sysctl("net.ipv4.ip_forward", 1)
 */
export function sysctl(
  key: string,
  value: Referring<SysctlInput>["value"],
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("sysctl", dotted(key), { value }, options);
}

/** Where the first separator is a slash, slashes separate. */
function dotted(key: string): string {
  if (/[./]/.exec(key)?.[0] !== "/") return key;
  return key.replace(/[./]/g, (char) => (char === "." ? "/" : "."));
}

/**
 * A module of the kernel: loaded now and at every boot, or kept out.
 *
 * @example
 * kernelModule("br_netfilter")
 * @example
 * kernelModule("usb-storage", { blacklist: true })
 */
export function kernelModule(
  name: string,
  fields: Referring<KernelModuleInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("kernel-module", name, fields, options);
}

/**
 * The machine's own name.
 *
 * @example
 * hostname("web1.example.org")
 */
export function hostname(name: Referring<HostnameInput>["name"], options: ResourceOptions = {}): DeclaredInput {
  return declare("hostname", "system", { name }, options);
}

/**
 * The names of one address in /etc/hosts; all other lines stay as they are.
 *
 * @example
 * hostsEntry("10.0.0.5", ["db.internal", "db"])
 */
export function hostsEntry(
  address: string,
  names: Referring<HostsEntryInput>["names"],
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("hosts-entry", address, { names }, options);
}

/**
 * The machine's time zone.
 *
 * @example
 * timezone("Europe/Berlin")
 */
export function timezone(zone: Referring<TimezoneInput>["zone"], options: ResourceOptions = {}): DeclaredInput {
  return declare("timezone", "system", { zone }, options);
}

/**
 * A locale that programs may use; `default` makes it the system's language.
 *
 * @example
 * locale("de_DE.UTF-8", { default: true })
 */
export function locale(
  name: string,
  fields: Referring<LocaleInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("locale", name, fields, options);
}

/**
 * An authority whose certificates all programs of the machine trust. When it leaves the file, it is trusted no more.
 *
 * @example
 * caCertificate("corp", readFileSync("corp-ca.pem", "utf8"))
 */
export function caCertificate(
  name: string,
  pem: Referring<CaCertificateInput>["pem"],
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("ca-certificate", name, { pem }, options);
}

/**
 * A file system in its place, in /etc/fstab and mounted now. When it leaves the file, it is unmounted.
 *
 * @example
 * mount("/srv/data", { source: "LABEL=data", type: "ext4", options: ["noatime"], nofail: true })
 * @example
 * mount("/srv/www", { source: "/home/deploy/site", type: "bind", options: ["ro"] })
 */
export function mount(target: string, fields: Referring<MountInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("mount", target, fields, options);
}

/**
 * Swap, in a file or on a device that is empty or swap already; switched on now and at boot.
 *
 * @example
 * swap("/swapfile", { size: "2G" })
 * @example
 * swap("/dev/vg/swap", { priority: 10 })
 */
export function swap(path: string, fields: Referring<SwapInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("swap", path, fields, options);
}

/**
 * A file system on a device: made where the device is empty, never over anything. Its output `source` is what `mount` takes.
 *
 * @example
 * filesystem("/dev/sdb", { label: "data" })
 */
export function filesystem(
  device: string,
  fields: Referring<FilesystemInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("filesystem", device, fields, options);
}

/**
 * A volume group of LVM, made of empty devices. It grows and never shrinks.
 *
 * @example
 * volumeGroup("vg", ["/dev/sdb", "/dev/sdc"])
 */
export function volumeGroup(
  name: string,
  devices: Referring<VolumeGroupInput>["devices"],
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("volume-group", name, { devices }, options);
}

/**
 * A logical volume of LVM, named by its group and itself: the device is `/dev/vg/data`. It grows and never shrinks.
 *
 * @example
 * logicalVolume("vg/data", { size: "20G" })
 */
export function logicalVolume(
  name: string,
  fields: Referring<LogicalVolumeInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("logical-volume", name, fields, options);
}
