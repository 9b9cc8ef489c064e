import { expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { factsOf } from "../../src/model/facts.ts";
import caCertificate from "../../src/resources/ca-certificate.ts";
import filesystem from "../../src/resources/filesystem.ts";
import hostname from "../../src/resources/hostname.ts";
import hostsEntry from "../../src/resources/hosts-entry.ts";
import kernelModule from "../../src/resources/kernel-module.ts";
import locale from "../../src/resources/locale.ts";
import logicalVolume from "../../src/resources/logical-volume.ts";
import mount from "../../src/resources/mount.ts";
import swap from "../../src/resources/swap.ts";
import sysctl from "../../src/resources/sysctl.ts";
import timezone from "../../src/resources/timezone.ts";
import volumeGroup from "../../src/resources/volume-group.ts";
import { AUTHORITY_ONE, AUTHORITY_TWO } from "./certificates.ts";
import { describeResource } from "./resource.ts";

const conf = "/etc/sysctl.d/60-drover-vm.swappiness.conf";

/** A file of ours as both questions about it tell it. */
function held(path: string, content: string): Record<string, string> {
  return {
    [`path:${path}`]: `file mode=644 owner=root:root sha256=${sha256(content)}`,
    [`entry:${path}`]: "file mode=644 owner=root:root",
  };
}

function none(...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.flatMap((path) => ["path", "entry"].map((kind) => [`${kind}:${path}`, "absent"])));
}

describeResource(sysctl, {
  name: "vm.swappiness",
  specs: { number: { value: 10 }, text: { value: " 4096\t8192  1 " } },
  worlds: {
    absent: { ...none(conf), "sysctl:vm.swappiness": "set value=60 access=rw", "sysctl-conf:vm.swappiness": "conf" },
    "in a container": {
      ...none(conf),
      "sysctl:vm.swappiness": "set value=60 access=ro",
      "sysctl-conf:vm.swappiness": "conf value=1 by=/etc/sysctl.d/99-sysctl.conf last=yes",
    },
    "not in this kernel": { ...none(conf), "sysctl:vm.swappiness": "absent", "sysctl-conf:vm.swappiness": "conf" },
    "a module comes": {
      ...none(conf),
      "sysctl:vm.swappiness": "absent",
      "sysctl-conf:vm.swappiness": "conf",
      "module:x": "loaded use=* can=yes",
    },
    "a package comes": {
      ...none(conf),
      "sysctl:vm.swappiness": "absent",
      "sysctl-conf:vm.swappiness": "conf",
      "package:x": "installed version=* status=ok mark=manual",
    },
    ours: {
      ...held(conf, "# before: 60\nvm.swappiness = 10\n"),
      "sysctl:vm.swappiness": "set value=10 access=rw",
      "sysctl-conf:vm.swappiness": "conf was=60",
    },
    "killed between": {
      ...held(conf, "# before: 60\nvm.swappiness = 10\n"),
      "sysctl:vm.swappiness": "set value=60 access=rw",
      "sysctl-conf:vm.swappiness": "conf was=60 value=5 by=/etc/sysctl.d/70-x.conf last=yes",
    },
    "changed by hand": {
      ...held(conf, "something else\n"),
      "sysctl:vm.swappiness": "set value=3 access=rw",
      "sysctl-conf:vm.swappiness": "conf",
    },
    unreadable: { [`path:${conf}`]: "unknown why=rights", [`entry:${conf}`]: "unknown why=rights" },
  },
  refused: ["unreadable"],
});

test.each([
  "swappiness",
  "vm/swappiness",
  "vm.swap piness",
  "-w.x",
  "net.ipv4.conf.*.x",
  "vm.x\ny",
  "../x.y",
  "vm..x",
  "vm.",
])("%j is no setting of a kernel", (name) => {
  expect(() => sysctl.query([{ name, spec: { value: 1 } }], "gb")).toThrow(/expected a kernel setting/);
});

const load = "/etc/modules-load.d/drover-loop.conf";
const deny = "/etc/modprobe.d/drover-loop.conf";
const denied = "blacklist loop\ninstall loop /bin/false\n";

describeResource(kernelModule, {
  name: "loop",
  specs: { loaded: {}, "kept out": { blacklist: true } },
  worlds: {
    absent: { ...none(load, deny), "module:loop": "there can=yes" },
    "in a container": { ...none(load, deny), "module:loop": "missing can=no" },
    "loaded by hand": { ...none(load, deny), "module:loop": "loaded use=0 can=yes" },
    loaded: { ...held(load, "loop\n"), ...none(deny), "module:loop": "loaded use=3 can=yes" },
    "not loaded yet": { ...held(load, "loop\n"), ...none(deny), "module:loop": "there can=yes" },
    "kept out": { ...held(deny, denied), ...none(load), "module:loop": "there can=yes denied=/etc/modprobe.d/x.conf" },
    "kept out and loaded": { ...held(deny, denied), ...none(load), "module:loop": "loaded use=0 can=yes" },
    both: { ...held(deny, denied), ...held(load, "loop\n"), "module:loop": "builtin can=no" },
    unreadable: { ...none(deny), [`path:${load}`]: "unknown why=rights", [`entry:${load}`]: "unknown why=rights" },
  },
  moving: ["not loaded yet", "kept out and loaded", "both"],
  refused: ["unreadable"],
});

test.each(["", "-r", "a b", "a/b", "a.ko", "a\nb"])("%j is no module", (name) => {
  expect(() => kernelModule.query([{ name, spec: {} }], "gb")).toThrow(/expected the name of a kernel module/);
});

describeResource(hostname, {
  name: "system",
  specs: { short: { name: "web1" }, full: { name: "web1.example.org" } },
  worlds: {
    absent: { "hostname:system": "name file= kernel=localhost" },
    named: { "hostname:system": "name file=web1 kernel=web1" },
    "named otherwise for now": { "hostname:system": "name file=web1 kernel=dhcp-5 cloud=overwrites" },
    "in a container": { "hostname:system": "name file=old kernel=old closed=yes mounted=yes" },
    odd: { "hostname:system": "name file=%20x_y kernel=web1" },
    unreadable: { "hostname:system": "unknown why=rights" },
  },
  moving: ["named otherwise for now", "odd"],
  refused: ["unreadable"],
});

describeResource(hostsEntry, {
  name: "127.0.0.1",
  specs: { one: { names: ["localhost"] }, more: { names: ["localhost", "app.local"] } },
  worlds: {
    absent: { "hosts:127.0.0.1": "absent", "hosts-file:/etc/hosts": "absent" },
    "as it comes": { "hosts:127.0.0.1": "names list=localhost", "hosts-file:/etc/hosts": "file" },
    "with more": { "hosts:127.0.0.1": "names list=localhost,x", "hosts-file:/etc/hosts": "mounted" },
    unreadable: { "hosts:127.0.0.1": "unknown why=rights", "hosts-file:/etc/hosts": "file" },
  },
  refused: ["unreadable"],
});

test.each(["10.0.0", "db", "fe80::1%eth0", "10.0.0.1\n10.0.0.2", "", "-n"])("%j is no address", (name) => {
  expect(() => hostsEntry.query([{ name, spec: { names: ["x"] } }], "gb")).toThrow(/expected an IP address/);
});

test.each(["a b", "a\tb", "#", "", "a..b", "-a", "x\ny"])("%j is no host's name", (name) => {
  expect(hostsEntry.schema.safeParse({ names: [name] }).success).toBe(false);
  expect(hostname.schema.safeParse({ name }).success).toBe(false);
});

const coming = { "package:x": "installed version=* status=ok mark=manual" };

describeResource(timezone, {
  name: "system",
  specs: { berlin: { zone: "Europe/Berlin" }, utc: { zone: "UTC" } },
  worlds: {
    absent: { "timezone:system": "zone link= file=", "zoneinfo:Europe/Berlin": "there", "zoneinfo:UTC": "there" },
    berlin: {
      "timezone:system": "zone link=Europe/Berlin file=Europe/Berlin",
      "zoneinfo:Europe/Berlin": "there",
      "zoneinfo:UTC": "there",
    },
    "one file": {
      "timezone:system": "zone link=UTC file=",
      "zoneinfo:Europe/Berlin": "there",
      "zoneinfo:UTC": "there",
    },
    "half changed": {
      "timezone:system": "zone link=UTC file=Europe/Berlin",
      "zoneinfo:Europe/Berlin": "there",
      "zoneinfo:UTC": "there",
    },
    copied: {
      "timezone:system": "zone link=(a%20copy) file=",
      "zoneinfo:Europe/Berlin": "there",
      "zoneinfo:UTC": "there",
    },
    "no zones": { "timezone:system": "zone link= file=", "zoneinfo:Europe/Berlin": "absent", "zoneinfo:UTC": "absent" },
    "zones come": {
      "timezone:system": "zone link= file=",
      "zoneinfo:Europe/Berlin": "absent",
      "zoneinfo:UTC": "absent",
      ...coming,
    },
    unreadable: { "timezone:system": "unknown why=rights" },
  },
  moving: ["half changed", "copied"],
  refused: ["no zones", "unreadable"],
});

function made(gen: string, is: string, lang: string): Record<string, string> {
  return { "locale:de_DE.UTF-8": `locale gen=${gen} made=${is} lang=${lang} file=/etc/default/locale` };
}

describeResource(locale, {
  name: "de_DE.UTF-8",
  specs: { made: {}, default: { default: true } },
  worlds: {
    absent: made("no", "no", "no"),
    "no package": made("none", "no", "no"),
    "a package comes": { ...made("none", "no", "no"), ...coming },
    there: made("yes", "yes", "no"),
    default: made("yes", "yes", "yes"),
    "never made": made("yes", "no", "yes"),
    "made with others": made("no", "yes", "no"),
    unreadable: { "locale:de_DE.UTF-8": "unknown why=rights" },
  },
  moving: ["never made", "made with others"],
  refused: ["no package", "unreadable"],
});

const crt = "/usr/local/share/ca-certificates/corp.crt";
const [one, two] = [sha256(AUTHORITY_ONE), sha256(AUTHORITY_TWO)];

describeResource(caCertificate, {
  name: "corp",
  specs: { one: { pem: AUTHORITY_ONE }, two: { pem: AUTHORITY_TWO } },
  worlds: {
    absent: { ...none(crt), "ca:corp": "absent" },
    "no store": { ...none(crt), "ca:corp": "none" },
    "a store comes": { ...none(crt), "ca:corp": "none", ...coming },
    trusted: { ...held(crt, AUTHORITY_ONE), "ca:corp": `trusted sha256=${one}` },
    other: { ...held(crt, AUTHORITY_TWO), "ca:corp": `trusted sha256=${two}` },
    "not yet": { ...held(crt, AUTHORITY_ONE), "ca:corp": "stale" },
    "not any more": { ...none(crt), "ca:corp": "left" },
    unreadable: { [`path:${crt}`]: "unknown why=rights", [`entry:${crt}`]: "unknown why=rights" },
  },
  moving: ["not any more"],
  refused: ["no store", "unreadable"],
});

test.each(["../x", "", "a/../b", "-x", "a b", "a\nb"])(
  "%j is the name of no zone, no locale and no authority",
  (name) => {
    expect(() => caCertificate.query([{ name, spec: { pem: AUTHORITY_ONE } }], "gb")).toThrow(/expected a name/);
    expect(() => locale.query([{ name, spec: {} }], "gb")).toThrow(/expected a locale/);
    expect(timezone.schema.safeParse({ zone: name }).success).toBe(false);
  },
);

describeResource(mount, {
  name: "/srv/my data",
  specs: {
    disk: { source: "UUID=1234", type: "ext4", options: ["noatime"], pass: 2, nofail: true },
    bind: { source: "/var/lib/x y", type: "bind", options: ["ro"] },
    memory: { source: "tmpfs", type: "tmpfs", options: ["size=64m", "mode=0755"] },
    "not now": { source: "nas:/x", type: "nfs", options: ["noauto"], mounted: false },
  },
  worlds: {
    absent: { "fstab:/srv/my data": "absent", "mount:/srv/my data": "absent" },
    "in a container": { "fstab:/srv/my data": "absent", "mount:/srv/my data": "absent can=no" },
    "listed only": {
      "fstab:/srv/my data": "entry source=UUID=1234 type=ext4 options=noatime,nofail pass=2",
      "mount:/srv/my data": "absent",
    },
    "a disk": {
      "fstab:/srv/my data": "entry source=UUID=1234 type=ext4 options=noatime,nofail pass=2",
      "mount:/srv/my data": "mounted by=same options=same times=1",
    },
    "a folder": {
      "fstab:/srv/my data": "entry source=/var/lib/x\\040y type=none options=bind,ro pass=0",
      "mount:/srv/my data": "mounted by=same options=same times=1",
    },
    "other options": {
      "fstab:/srv/my data": "entry source=tmpfs type=tmpfs options=defaults pass=0",
      "mount:/srv/my data": "mounted by=same options=other times=1",
    },
    "twice, by two entries": {
      "fstab:/srv/my data": "entry source=UUID=1234 type=ext4 options=noatime,nofail pass=2 count=2",
      "mount:/srv/my data": "mounted by=same options=same times=2",
    },
    "something else": { "fstab:/srv/my data": "absent", "mount:/srv/my data": "mounted by=other options=same times=1" },
    unreadable: { "fstab:/srv/my data": "unknown why=rights", "mount:/srv/my data": "absent" },
  },
  moving: ["other options", "twice, by two entries"],
  refused: ["something else", "unreadable"],
});

test.each(["/", "mnt", "/mnt/", "/a//b", "/a/../b", "/a\nb", ""])("nothing is mounted at %j", (name) => {
  expect(() => mount.query([{ name, spec: { source: "tmpfs", type: "tmpfs" } }], "gb")).toThrow(/mount/);
});

test.each([["-x"], ["a,b"], ["a b"], ["#"], [""]])("%j is no option of a mount", (option) => {
  expect(mount.schema.safeParse({ source: "tmpfs", type: "tmpfs", options: [option] }).success).toBe(option === "-x");
});

const GIB = 1024 ** 3;
const swapEntry = { "fstab:swap=/swapfile": "entry source=/swapfile type=swap options=sw pass=0" };
const noEntry = { "fstab:swap=/swapfile": "absent" };

describeResource(swap, {
  name: "/swapfile",
  specs: { one: { size: "1G" }, "more, first": { size: 2 * GIB, priority: 5 } },
  worlds: {
    absent: { ...noEntry, "swap:/swapfile": "absent on=ext2/ext3" },
    "may not be switched on": { ...noEntry, "swap:/swapfile": "absent on=ext2/ext3 can=no" },
    "on a container's file system": { ...noEntry, "swap:/swapfile": "absent on=overlayfs" },
    on: { ...swapEntry, "swap:/swapfile": swapIs(GIB, "600", "swap active=yes prio=-2") },
    "made and not on": { ...swapEntry, "swap:/swapfile": swapIs(GIB, "600", "swap active=no") },
    "made and not listed": { ...noEntry, "swap:/swapfile": swapIs(GIB, "644", "swap active=no") },
    "listed and gone": { ...swapEntry, "swap:/swapfile": "absent on=ext2/ext3" },
    "something else": { ...noEntry, "swap:/swapfile": swapIs(GIB, "644", "other active=no") },
    empty: { ...noEntry, "swap:/swapfile": swapIs(0, "644", "nothing active=no") },
    folder: { ...noEntry, "swap:/swapfile": "other" },
    unreadable: { ...noEntry, "swap:/swapfile": "unknown why=rights" },
  },
  moving: ["made and not on", "made and not listed", "listed and gone", "empty"],
  refused: ["on a container's file system", "something else", "folder", "unreadable"],
});

const swapOn = { "fstab:swap=/dev/sdb": "entry source=/dev/sdb type=swap options=sw pass=0" };
const swapOff = { "fstab:swap=/dev/sdb": "absent" };

describeResource(swap, {
  name: "/dev/sdb",
  specs: { plain: {}, first: { priority: 5 } },
  worlds: {
    absent: { ...swapOff, ...onDevice("nothing"), "swap:/dev/sdb": "device active=no" },
    "swap of nobody": { ...swapOff, ...onDevice("swap"), "swap:/dev/sdb": "device active=no" },
    on: { ...swapOn, ...onDevice("swap"), "swap:/dev/sdb": "device active=yes prio=-2" },
    "on and not listed": { ...swapOff, ...onDevice("swap"), "swap:/dev/sdb": "device active=yes prio=-2" },
    "listed and not on": { ...swapOn, ...onDevice("swap"), "swap:/dev/sdb": "device active=no" },
    "may not be switched on": { ...swapOff, ...onDevice("nothing"), "swap:/dev/sdb": "device active=no can=no" },
    "no device": { ...swapOff, "filesystem:/dev/sdb": "absent", "swap:/dev/sdb": "absent on=tmpfs" },
    ext4: { ...swapOff, ...onDevice("ext4"), "swap:/dev/sdb": "device active=no" },
    unreadable: { ...swapOff, "filesystem:/dev/sdb": "unknown why=rights", "swap:/dev/sdb": "device active=no" },
  },
  moving: ["on and not listed", "listed and not on"],
  refused: ["no device", "ext4", "unreadable"],
});

function swapIs(size: number, mode: string, rest: string): string {
  return `file size=${size} mode=${mode} owner=root holds=${rest} on=ext2/ext3`;
}

test.each(["0G", "1T", "1.5G", "-1M", "", 1000, 1024 ** 2 + 1])("%j is no size of a swap file", (size) => {
  expect(swap.schema.safeParse({ size }).success).toBe(false);
});

function onDevice(holds: string, more = "label= uuid=1-2 room=no mounted="): Record<string, string> {
  return { "filesystem:/dev/sdb": `device holds=${holds} ${more}` };
}

describeResource(filesystem, {
  name: "/dev/sdb",
  specs: { plain: {}, labelled: { label: "data" }, xfs: { type: "xfs", label: "data" }, "as it is": { grow: false } },
  worlds: {
    absent: onDevice("nothing", "label= uuid= room=no mounted="),
    "no device": { "filesystem:/dev/sdb": "absent" },
    "a volume comes": { "filesystem:/dev/sdb": "absent", "lv:vg/data": "volume size=1 uuid=*" },
    ext4: onDevice("ext4"),
    "ext4, mounted, with room": onDevice("ext4", "label=data uuid=1-2 room=yes mounted=/srv"),
    xfs: onDevice("xfs", "label=data uuid=1-2 room=yes mounted=/srv"),
    "xfs, not mounted": onDevice("xfs", "label=old uuid=1-2 room=yes mounted="),
    swap: onDevice("swap"),
    "part of a volume group": onDevice("LVM2_member"),
    partitions: onDevice("table-gpt"),
    used: onDevice("used"),
    "no block device": { "filesystem:/dev/sdb": "other" },
    unreadable: { "filesystem:/dev/sdb": "unknown why=rights" },
  },
  refused: ["no device", "swap", "part of a volume group", "partitions", "used", "no block device", "unreadable"],
});

test("no plan formats what holds anything, whatever is wanted", () => {
  const held = [
    "ext4",
    "xfs",
    "swap",
    "LVM2_member",
    "crypto_LUKS",
    "table-dos",
    "several",
    "used",
    "vfat",
    "zfs_member",
  ];
  const steps = held.flatMap((holds) =>
    [{}, { type: "xfs" }, { label: "x" }].flatMap((spec) => {
      const answers = new Map(Object.entries(onDevice(holds, "label= uuid=1-2 room=yes mounted=")));
      const seen = filesystem.parse("/dev/sdb", answers);
      try {
        return filesystem.plan("/dev/sdb", spec, seen, { owner: "gb", facts: factsOf(answers), answers }).steps;
      } catch {
        return [];
      }
    }),
  );
  expect(steps.length).toBeGreaterThan(0);
  expect(JSON.stringify(steps)).not.toMatch(/mkfs|wipefs/);
});

test.each(["sdb", "/srv/x", "/dev/../etc/passwd", "", "-L", "/dev/sd b\n"])("%j is no device", (name) => {
  expect(() => filesystem.query([{ name, spec: {} }], "gb")).toThrow(/filesystem/);
});

const empty = "device holds=nothing label= uuid= room=no mounted=";
const disks = { "filesystem:/dev/sdb": empty, "filesystem:/dev/sdc": empty };

describeResource(volumeGroup, {
  name: "vg",
  specs: { one: { devices: ["/dev/sdb"] }, two: { devices: ["/dev/sdb", "/dev/sdc"] } },
  worlds: {
    absent: { "vg:vg": "absent", ...disks },
    "no LVM": { "vg:vg": "none", ...disks },
    "LVM comes": { "vg:vg": "none", ...disks, ...coming },
    "no device": { "vg:vg": "absent", "filesystem:/dev/sdb": "absent" },
    "of one": { "vg:vg": "group devices=/dev/sdb extent=4194304", ...disks },
    "of another": { "vg:vg": "group devices=/dev/sdd extent=4194304", ...disks },
    "a device is in use": {
      "vg:vg": "absent",
      "filesystem:/dev/sdb": "device holds=ext4 label= uuid=1 room=no mounted=/",
    },
    unreadable: { "vg:vg": "unknown why=rights" },
  },
  refused: ["no LVM", "no device", "a device is in use", "unreadable"],
});

const group = "group devices=/dev/sdb extent=4194304";

describeResource(logicalVolume, {
  name: "vg/data",
  specs: { small: { size: "10M" }, large: { size: "2G" } },
  worlds: {
    absent: { "lv:vg/data": "absent", "vg:vg": group },
    "no group": { "lv:vg/data": "absent", "vg:vg": "absent" },
    "a group of this run": { "lv:vg/data": "none", "vg:vg": "group devices=/dev/sdb extent=*", ...coming },
    small: { "lv:vg/data": "volume size=12582912 uuid=a-b", "vg:vg": group },
    large: { "lv:vg/data": "volume size=4294967296 uuid=a-b", "vg:vg": group },
    unreadable: { "lv:vg/data": "unknown why=rights", "vg:vg": "unknown why=rights" },
  },
  refused: ["no group", "unreadable"],
});

test.each(["", "-f", "a b", "../x", "vg/", "/dev/vg/x"])("%j is no volume group and no volume", (name) => {
  expect(() => volumeGroup.query([{ name, spec: { devices: ["/dev/sdb"] } }], "gb")).toThrow(/expected/);
  expect(() => logicalVolume.query([{ name, spec: { size: "1G" } }], "gb")).toThrow(/expected/);
});
