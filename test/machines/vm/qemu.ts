import type { VmImage } from "./image.ts";

/** What one machine is started with; the same again after its power was cut. */
export interface VmFacts {
  readonly image: VmImage;
  /** Its folder here: disks, console, socket. */
  readonly folder: string;
  /** Ports here that lead to ports there. */
  readonly forwards: Readonly<Record<number, number>>;
  /** How many further disks it has. */
  readonly disks: number;
}

export const files = {
  root: "root.qcow2",
  console: "console.log",
  monitor: "monitor",
  disk: (index: number): string => `disk${index}.qcow2`,
};

/**
 * Little is said on the console, since each letter costs. Of two processors one would wait for the other for ever where this
 * machine is busy: neither has it all the time.
 */
const kernel = [
  ...["root=/dev/vda", "rw", "net.ifnames=0", "mitigations=off", "nowatchdog", "cryptomgr.notests", "no_timer_check"],
  ...["console=ttyS0", "quiet", "systemd.show_status=error"],
];

/**
 * The command: emulation only, the kernel booted directly. The disks' cache is the host's, and a flush of the guest is one of
 * the host: what the guest had not flushed when QEMU is killed is lost, as with a machine whose power is cut.
 */
export function qemuCommand({ image, folder, forwards, disks }: VmFacts): [string, ...string[]] {
  const drives = [files.root, ...Array.from({ length: disks }, (_, index) => files.disk(index))];
  const ports = Object.entries(forwards).map(([there, here]) => `,hostfwd=tcp:127.0.0.1:${here}-:${there}`);
  return [
    // It ends with the process that started it, however that ends.
    ...(["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64"] as const),
    ...["-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35"],
    ...["-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-smp", "1", "-m", "1024"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", kernel.join(" ")],
    ...drives.flatMap((name) => ["-drive", `file=${folder}/${name},if=virtio,format=qcow2,cache=writeback`]),
    ...["-netdev", `user,id=net${ports.join("")}`, "-device", "virtio-net-pci,netdev=net,romfile="],
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"],
    ...["-chardev", `file,id=console,path=${folder}/${files.console},append=on`, "-serial", "chardev:console"],
    ...["-qmp", `unix:${folder}/${files.monitor},server=on,wait=off`],
  ];
}
