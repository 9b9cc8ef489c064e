import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { filesystem, logicalVolume, mount, swap, volumeGroup } from "../../src/index.ts";
import { stackOf } from "../hosts/world.ts";
import { requirement, requireVirtualMachines } from "../machines/index.ts";
import { type Bench, bench, fine, notesOf, trouble } from "./machine.ts";

const missing = await requirement("disks of a virtual machine", requireVirtualMachines);

describe.skipIf(missing)("the disks of a virtual machine", () => {
  let at: Bench;
  const out = (script: string): Promise<string> => at.out(script);
  beforeAll(async () => {
    at = await bench("vmdisk", { disks: ["1G", "256M", "64M"] });
    // A RAID that is taken apart is not put together again by what sees its superblock.
    await out("echo 'AUTO -all' >/etc/mdadm/mdadm.conf");
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  /** A device mapped for each of two kinds of file system, in their places, and swap on the disk and on both. */
  const chain = (sizes: { ext4: string; xfs: string; swap: string }, devices = ["/dev/vdb"]) => [
    volumeGroup("data", devices),
    logicalVolume("data/files", { size: sizes.ext4 }),
    logicalVolume("data/big-one", { size: sizes.xfs }),
    logicalVolume("data/swap", { size: "32M" }),
    swap("/dev/data/swap", { priority: 5 }),
    filesystem("/dev/data/files", { label: "files" }),
    filesystem("/dev/data/big-one", { type: "xfs" }),
    mount("/srv/files", { source: "LABEL=files", type: "ext4", options: ["noatime"], nofail: true }, AFTER.files),
    mount("/srv/big", { source: "/dev/data/big-one", type: "xfs", nofail: true }, AFTER.big),
    swap("/swapfile", { size: sizes.swap, priority: 7 }),
    swap("/srv/big/swap", { size: "16M", priority: 9 }),
  ];
  const AFTER = {
    files: { needs: ["filesystem:/dev/data/files"] },
    big: { needs: ["filesystem:/dev/data/big-one"] },
  };
  const small = { ext4: "128M", xfs: "320M", swap: "32M" };
  const large = { ext4: "256M", xfs: "448M", swap: "48M" };
  const SWAPS =
    "tail -n +2 /proc/swaps | awk '{ print $1, $3, $5 }' | sed \"s|^$(readlink -f /dev/data/swap) |/dev/data/swap |\" | sort";
  const MOUNTED =
    "findmnt -nro SOURCE,FSTYPE /srv/files; findmnt -nro SOURCE,FSTYPE /srv/big; cat /srv/files/f /srv/big/f";
  const mapped = "/dev/mapper/data-files ext4\n/dev/mapper/data-big--one xfs\nprecious\nprecious";
  const roomOf = async (path: string): Promise<number> =>
    Number(await out(`df -Pm ${path} | awk 'NR == 2 { print $2 }'`));

  test("a group, volumes, file systems, mounts and swap, in one run", async () => {
    const ran = await at.run("vm-disk", chain(small));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toHaveLength(11);
    await out("for d in files big; do echo precious >/srv/$d/f; done; sync");
    expect(await out(MOUNTED)).toBe(mapped);
    expect(await out(SWAPS)).toBe("/dev/data/swap 32764 5\n/srv/big/swap 16380 9\n/swapfile 32764 7");
    expect((await at.run("vm-disk", chain(small))).changes).toEqual([]);
  });

  test("a real boot mounts and switches on all of it", async () => {
    const before = await at.vm.bootId();
    await at.vm.reboot();
    expect(await at.vm.bootId()).not.toBe(before);
    expect(await out("systemctl is-system-running")).toBe("running");
    expect(await out(MOUNTED)).toBe(mapped);
    expect(await out(SWAPS)).toBe("/dev/data/swap 32764 5\n/srv/big/swap 16380 9\n/swapfile 32764 7");
    expect((await at.run("vm-disk", chain(small))).changes).toEqual([]);
  });

  test("volumes and the file systems on them grow in one run, mounted and in use, onto a second disk", async () => {
    const [files, big] = [await roomOf("/srv/files"), await roomOf("/srv/big")];
    const ran = await at.run("vm-disk", chain(large, ["/dev/vdb", "/dev/vdc"]));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(
      expect.arrayContaining([
        "update volume-group:data",
        "update logical-volume:data/files",
        "update filesystem:/dev/data/files",
        "update logical-volume:data/big-one",
        "update filesystem:/dev/data/big-one",
        "update swap:/swapfile",
      ]),
    );
    expect(await roomOf("/srv/files")).toBeGreaterThan(files + 90);
    expect(await roomOf("/srv/big")).toBeGreaterThan(big + 90);
    expect(await out(MOUNTED)).toBe(mapped);
    expect(await out(SWAPS)).toBe("/dev/data/swap 32764 5\n/srv/big/swap 16380 9\n/swapfile 49148 7");
    expect(await out("pvs --noheadings -o pv_name -S vg_name=data | xargs")).toBe("/dev/vdb /dev/vdc");
    expect((await at.run("vm-disk", chain(large, ["/dev/vdb", "/dev/vdc"]))).changes).toEqual([]);
  });

  test("what is smaller in the file shrinks nothing", async () => {
    const sizes = "lvs --noheadings -o lv_name,lv_size data; pvs --noheadings -o pv_name -S vg_name=data";
    const before = await out(sizes);
    const ran = await at.run("vm-disk", chain({ ...large, ext4: "64M" }));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual([]);
    expect(ran.plan.notes.join("\n")).toContain("more than is wanted: it never shrinks");
    expect(await out(sizes)).toBe(before);
  });

  /** What may be on a disk, and how it is put there. */
  const SIGNATURES: Readonly<Record<string, { make: string; says: string }>> = {
    ext4: { make: "mkfs.ext4 -q /dev/vdd", says: "ext4" },
    LVM: { make: "pvcreate -q /dev/vdd", says: "LVM2_member" },
    swap: { make: "mkswap -q /dev/vdd", says: "swap" },
    "a GPT": { make: "echo 'label: gpt' | sfdisk -q /dev/vdd", says: "a table of partitions (gpt)" },
    "a DOS table with a partition": {
      make: "printf 'label: dos\\n2048,,83\\n' | sfdisk -q /dev/vdd",
      says: "a table of partitions (dos)",
    },
    "a LUKS header": {
      make: "echo secret | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vdd -",
      says: "crypto_LUKS",
    },
    "a RAID's superblock": { make: raid("1.2"), says: "linux_raid_member" },
    "a RAID's superblock at its end": { make: raid("1.0"), says: "linux_raid_member" },
  };
  function raid(metadata: string): string {
    const create = `mdadm --create /dev/md9 --run --quiet --level=1 --raid-devices=2 --metadata=${metadata} /dev/vdd missing`;
    return `${create} && mdadm --stop --quiet /dev/md9`;
  }

  test.for(Object.entries(SIGNATURES))(
    "a disk with %s on it is refused, with every byte as it was",
    async ([, { make, says }]) => {
      await out(
        `wipefs -aq /dev/vdd; dd if=/dev/zero of=/dev/vdd bs=1M count=64 2>/dev/null; ${make} && udevadm settle; sync`,
      );
      const before = await out("sha256sum </dev/vdd");
      // One of the wanted type would be used as it is.
      const type = says === "ext4" ? "xfs" : "ext4";
      const wanted = [filesystem("/dev/vdd", { type }), volumeGroup("held", ["/dev/vdd"]), swap("/dev/vdd")];
      const { plan, outcome } = await at.run("vm-held", wanted);
      expect(outcome).toBeUndefined();
      const problems = plan.problems.map(({ message }) => message).toSorted();
      expect(problems).toEqual([
        `filesystem:/dev/vdd holds ${says}: it is never formatted`,
        ...(says === "swap" ? [] : [`swap:/dev/vdd holds ${says}: it is never formatted`]),
        `volume-group:held: /dev/vdd holds ${says}`,
      ]);
      expect(plan.problems.map(({ hint }) => hint).join("\n")).toContain("wipefs -n /dev/vdd");
      expect(await out("sha256sum </dev/vdd")).toBe(before);
    },
  );

  test.for([
    ["file system", [filesystem("/dev/vdd")]],
    ["volume group", [volumeGroup("late", ["/dev/vdd"])]],
  ] as const)("what came onto the disk after the plan is not made a %s", async ([, resources]) => {
    await out("wipefs -aq /dev/vdd; dd if=/dev/zero of=/dev/vdd bs=1M count=64 2>/dev/null; sync");
    await using drover = createDrover();
    const stack = stackOf(at.world, "vm-late", { vmdisk: [...resources] });
    const common = { signal: at.world.signal, secrets: () => undefined, emit: () => {}, only: [] };
    const plan = await drover.plan(stack, common);
    expect(plan.problems).toEqual([]);
    // What is wanted would count as done.
    await out("mkswap -q /dev/vdd; sync");
    const before = await out("sha256sum </dev/vdd");
    const outcome = await drover.apply(stack, plan, { ...common, allowDelete: true, command: "up" });
    expect(outcome.failures).toHaveLength(1);
    expect(await out("sha256sum </dev/vdd")).toBe(before);
  });

  test("swap goes with what is in it, mounts go, and what holds bytes stays", async () => {
    // A program that may not keep all it has in memory, so that some of it is in the swap that goes.
    await out(
      "echo '$x = q(y) x 40000000; sleep 3600' >/root/hog.pl; systemd-run -q --collect --unit=hog -p MemoryHigh=16M perl /root/hog.pl",
    );
    const used = "tail -n +2 /proc/swaps | awk '{ n += $4 } END { print n }'";
    await out(`until [ "$(${used})" -gt 8000 ]; do systemctl is-active -q hog || exit; sleep 1; done`);
    const ran = await at.run("vm-disk", []);
    expect(trouble(ran)).toEqual(fine);
    for (const said of [
      "the volume data/files stays",
      "the volume group data stays",
      "the file system on /dev/data/files stays",
    ])
      expect(notesOf(ran)).toContain(said);
    expect(
      await out(`${SWAPS}; ls /swapfile 2>/dev/null; grep -vc '^#' /etc/fstab; findmnt /srv/files || echo none`),
    ).toBe("1\nnone");
    expect(
      await out(
        "mount /dev/data/files /mnt; cat /mnt/f; ls /mnt; umount /mnt; mount /dev/data/big-one /mnt; ls /mnt; umount /mnt",
      ),
    ).toBe("precious\nf\nlost+found\nf");
    expect((await at.run("vm-disk", [])).changes).toEqual([]);
    expect(await out("systemctl is-active hog")).toBe("active");
    await at.vm.reboot();
    expect(await out(`${SWAPS}; findmnt /srv/files || echo none`)).toBe("none");
  });

  test("with nofail a machine whose disk is gone boots; the next run says what is missing", async () => {
    await out("wipefs -aq /dev/vdd");
    const wanted = [
      filesystem("/dev/vdd", { label: "gone" }),
      mount(
        "/srv/gone",
        { source: "LABEL=gone", type: "ext4", options: ["x-systemd.device-timeout=60s"], nofail: true },
        { needs: ["filesystem:/dev/vdd"] },
      ),
    ];
    expect(trouble(await at.run("vm-gone", wanted))).toEqual(fine);
    await at.vm.reboot();
    // A boot does not wait for it.
    await out("until findmnt /srv/gone || ! systemctl list-jobs | grep -q running; do sleep 1; done");
    expect(await out("findmnt -nro SOURCE /srv/gone")).toBe("/dev/vdd");
    await out("umount /srv/gone; wipefs -aq /dev/vdd; mkswap -q /dev/vdd; sync");
    await at.vm.reboot();
    await out("systemctl is-system-running --wait || true");
    expect(await out("findmnt /srv/gone || echo none")).toBe("none");
    const ran = await at.run("vm-gone", wanted);
    expect(ran.plan.problems.map(({ message }) => message)).toContain(
      "filesystem:/dev/vdd holds swap: it is never formatted",
    );
  });
});
