import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { type DeclaredInput, filesystem, mount, output, pkg, swap, volumeGroup } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("mounts and swap on real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);

let folder = "";
let world: World;
let host: Host;
/** Devices that show a file as a disk; containers have none of their own. */
const loops: string[] = [];

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** All that went wrong, so that a failing test says why. */
function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const fine = { problems: [], failures: [] };

/**
 * Lets the host have loop devices: its control groups forbid them, and it may change that itself, from the top down (what
 * exists already inherits nothing; what ended meanwhile needs nothing). Only the first version of control groups can do so.
 */
const allow = `[ -e /sys/fs/cgroup/devices/devices.allow ] || exit 3
  for d in $(find /sys/fs/cgroup/devices -type d); do
    { echo 'b 7:* rwm' >$d/devices.allow && echo 'c 10:237 rwm' >$d/devices.allow; } 2>/dev/null || [ ! -d "$d" ] || { echo "$d" >&2; exit 1; }
  done
  for n in 0 1 2 3 4 5 6 7; do [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; done
  [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237`;

/** Whether the host can have disks; what is wrong where it could is an error. */
async function hasDisks(): Promise<boolean> {
  const { code, stderr } = await host.sh(allow);
  if (code !== 0 && code !== 3) throw new Error(`loop devices were not allowed: ${stderr}`);
  return code === 0;
}

const NO_DISKS = "with control groups of the second version, a container cannot allow itself loop devices";

/** A disk of its own, empty. */
async function disk(size: string): Promise<string> {
  const name = await out(`f=/var/tmp/disk.$$; truncate -s ${size} $f && losetup -f --show $f`);
  loops.push(name);
  return name;
}

describe.skipIf(missing)("mounts and swap on a real host", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["sysdisk"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-storage-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
  }, 600_000);
  afterAll(async () => {
    await host?.sh(
      `swapoff /swap/file; vgremove -f vgdrover; umount /swap /srv/disk /srv/fs; for d in ${loops.join(" ")}; do losetup -d $d; done`,
    );
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (id: string, resources: DeclaredInput[]) => up(world, stackOf(world, id, { sysdisk: resources }));

  test("memory and a folder, with blanks in their paths: listed, mounted, changed by a remount, put right, removed", async () => {
    await out(
      "printf '# mine, first\\n/dev/sr0\\t/media\\tiso9660\\tnoauto\\t0\\t0\\n# mine, last' >/etc/fstab; mkdir -p /media '/srv/a b'; echo hi >'/srv/a b/x'",
    );
    const before = await out("cat /etc/fstab");
    const mounts = (options: string[]) => [
      mount("/srv/tmp", { source: "tmpfs", type: "tmpfs", options }),
      mount("/srv/c d", { source: "/srv/a b", type: "bind", options: ["ro"] }),
    ];
    const first = await run("sys-mnt", mounts(["size=1m", "mode=0750"]));
    expect(trouble(first)).toEqual(fine);
    expect(
      await out(
        "findmnt -no FSTYPE,SIZE /srv/tmp; stat -c %a /srv/tmp; cat '/srv/c d/x'; touch '/srv/c d/y' 2>&1 | grep -o Read-only",
      ),
    ).toBe("tmpfs    1M\n750\nhi\nRead-only");
    expect(await out("systemctl show -p Where --value srv-tmp.mount")).toBe("/srv/tmp");
    expect((await run("sys-mnt", mounts(["size=1m", "mode=0750"]))).changes).toEqual([]);

    await out("echo kept >/srv/tmp/file");
    const second = await run("sys-mnt", mounts(["size=2m", "mode=0750", "noexec"]));
    expect(second.changes).toEqual(["update mount:/srv/tmp"]);
    expect(trouble(second)).toEqual(fine);
    expect(
      await out("findmnt -no SIZE /srv/tmp; findmnt -no OPTIONS /srv/tmp | grep -o noexec; cat /srv/tmp/file"),
    ).toBe("2M\nnoexec\nkept");

    await out("umount '/srv/c d'; mount -o remount,exec /srv/tmp; sed -i '/a.040b/d' /etc/fstab");
    const third = await run("sys-mnt", mounts(["size=2m", "mode=0750", "noexec"]));
    expect(third.changes.toSorted()).toEqual(["create mount:/srv/c d", "update mount:/srv/tmp"]);
    expect(trouble(third)).toEqual(fine);
    expect((await run("sys-mnt", mounts(["size=2m", "mode=0750", "noexec"]))).changes).toEqual([]);

    expect(trouble(await run("sys-mnt", []))).toEqual(fine);
    expect(await out("findmnt /srv/tmp '/srv/c d' || echo none; cat /etc/fstab")).toBe(`none\n${before}`);
    expect((await run("sys-mnt", [])).changes).toEqual([]);
  });

  test("what is mounted by somebody else is not touched; a wrong line never gets into /etc/fstab", async () => {
    await out("mkdir -p /srv/theirs && mount -t tmpfs theirs /srv/theirs");
    const theirs = await run("sys-mnt2", [mount("/srv/theirs", { source: "tmpfs", type: "tmpfs" })]);
    expect(theirs.plan.problems[0]?.message).toContain("something else is mounted there");
    const before = await out("umount /srv/theirs; cat /etc/fstab");
    const wrong = await run("sys-mnt2", [mount("/srv/none", { source: "UUID=no-such-disk", type: "ext4" })]);
    expect(wrong.outcome?.failures[0]?.evidence.join("\n")).toContain("is not accepted");
    expect(await out("cat /etc/fstab")).toBe(before);
    expect(trouble(await run("sys-mnt2", []))).toEqual(fine);
  });

  test("in a container a swap file is refused, with the reason", async () => {
    const ran = await run("sys-swap0", [swap("/swapfile", { size: "4M" })]);
    expect(ran.plan.problems[0]?.message).toContain("a swap file cannot be on overlayfs");
    expect(await out("ls /swapfile 2>/dev/null || echo none")).toBe("none");
  });

  describe("on disks", () => {
    test("by label and by UUID, on a real file system; busy when it should go", async (context) => {
      if (!(await hasDisks())) return context.skip(NO_DISKS);
      const device = await disk("64M");
      await out(`mkfs.ext4 -q -L drovermnt ${device}`);
      const uuid = await out(`blkid -s UUID -o value ${device}`);
      const byLabel = [
        mount("/srv/disk", { source: "LABEL=drovermnt", type: "ext4", options: ["noatime"], nofail: true }),
      ];
      expect(trouble(await run("sys-disk", byLabel))).toEqual(fine);
      expect(await out("findmnt -no SOURCE,FSTYPE /srv/disk; findmnt -no OPTIONS /srv/disk | grep -o noatime")).toBe(
        `${device} ext4\nnoatime`,
      );
      expect((await run("sys-disk", byLabel)).changes).toEqual([]);
      const byId = [mount("/srv/disk", { source: `UUID=${uuid}`, type: "ext4", options: ["ro"], nofail: true })];
      await out("echo kept >/srv/disk/file");
      expect(trouble(await run("sys-disk", byId))).toEqual(fine);
      expect(await out("cat /srv/disk/file; touch /srv/disk/x 2>&1 | grep -o Read-only")).toBe("kept\nRead-only");
      expect((await run("sys-disk", byId)).changes).toEqual([]);
      await out("cd /srv/disk && (setsid sleep 600 </dev/null >/dev/null 2>&1 &)");
      const busy = await run("sys-disk", []);
      expect(busy.outcome?.failures[0]?.evidence.join("\n")).toContain("target is busy");
      expect(await out("cat /srv/disk/file; grep -c /srv/disk /etc/fstab; pkill sleep")).toBe("kept\n1");
      expect(trouble(await run("sys-disk", []))).toEqual(fine);
      expect(await out("findmnt /srv/disk || echo none")).toBe("none");
    });

    test("a file system: made where nothing is, used where it is, grown with its device, never over anything", async (context) => {
      if (!(await hasDisks())) return context.skip(NO_DISKS);
      const device = await disk("80M");
      const both = (mounted = true) => [
        filesystem(device, { label: "drovertest" }),
        mount("/srv/fs", { source: output(`filesystem:${device}`, "source"), type: "ext4", nofail: true, mounted }),
      ];
      expect(trouble(await run("sys-fs", both()))).toEqual(fine);
      expect(
        await out("findmnt -no SOURCE,FSTYPE,LABEL /srv/fs | tr -s ' '; grep -c '^UUID=.*/srv/fs' /etc/fstab"),
      ).toBe(`${device} ext4 drovertest\n1`);
      expect((await run("sys-fs", both())).changes).toEqual([]);
      await out(
        `echo precious >/srv/fs/file; truncate -s 160M $(cat /sys/block/${device.slice(5)}/loop/backing_file); losetup -c ${device}`,
      );
      // Growing what is mounted needs a right (SYS_RESOURCE) that nobody has where these tests run.
      await out("umount /srv/fs");
      const grown = await run("sys-fs", both(false));
      expect(grown.changes).toEqual([`update filesystem:${device}`]);
      expect(trouble(grown)).toEqual(fine);
      expect((await run("sys-fs", both())).changes).toEqual(["update mount:/srv/fs"]);
      expect(
        await out("cat /srv/fs/file; [ $(df -Pk /srv/fs | awk 'NR == 2 { print $2 }') -gt 120000 ] && echo grown"),
      ).toBe("precious\ngrown");
      expect((await run("sys-fs", both())).changes).toEqual([]);
      const xfs = await run("sys-fs", [filesystem(device, { type: "xfs" })]);
      expect(xfs.plan.problems[0]?.message).toContain("holds ext4: it is never formatted");
      expect(trouble(await run("sys-fs", []))).toEqual(fine);
      expect(
        await out(`blkid -p -s LABEL -o value ${device}; mount ${device} /mnt && cat /mnt/file; umount /mnt`),
      ).toBe("drovertest\nprecious");
      await out(`dd if=/dev/zero of=${device} bs=1M count=80 2>/dev/null; mkswap -q ${device}`);
      const held = await run("sys-fs", [filesystem(device)]);
      expect(held.plan.problems[0]?.message).toContain("holds swap: it is never formatted");
      expect(await out(`blkid -p -s TYPE -o value ${device}`)).toBe("swap");
    });

    test("what came onto the device after the plan is not formatted", async (context) => {
      if (!(await hasDisks())) return context.skip(NO_DISKS);
      const device = await disk("64M");
      await using drover = createDrover();
      const stack = stackOf(world, "sys-fs2", { sysdisk: [filesystem(device)] });
      const plan = await drover.plan(stack, { signal, secrets: () => undefined, emit: () => {}, only: [] });
      expect(plan.problems).toEqual([]);
      await out(`mkswap -q ${device}`);
      const outcome = await drover.apply(stack, plan, {
        signal,
        secrets: () => undefined,
        emit: () => {},
        only: [],
        allowDelete: true,
        command: "up",
      });
      expect(outcome.failures[0]?.code).toBe("PLAN_STALE");
      expect(await out(`blkid -p -s TYPE -o value ${device}`)).toBe("swap");
    });

    // Logical volumes need the kernel's device-mapper, which a container has not: test/vm has them.
    test("a volume group, together with its package; it grows, takes only what is empty, and stays", async (context) => {
      if (!(await hasDisks())) return context.skip(NO_DISKS);
      const devices = [await disk("64M"), await disk("64M"), await disk("64M")] as [string, string, string];
      const group = (...names: string[]) => [pkg("lvm2"), volumeGroup("vgdrover", names)];
      expect(trouble(await run("sys-vg", group(devices[0])))).toEqual(fine);
      const seen = "pvs --noheadings -o pv_name -S vg_name=vgdrover 2>/dev/null | tr -d ' '";
      expect(await out(seen)).toBe(devices[0]);
      expect((await run("sys-vg", group(devices[0]))).changes).toEqual([]);
      const grown = await run("sys-vg", group(devices[0], devices[1]));
      expect(grown.changes).toEqual(["update volume-group:vgdrover"]);
      expect(trouble(grown)).toEqual(fine);
      expect(await out(seen)).toBe([devices[0], devices[1]].sort().join("\n"));
      await out(`mkfs.ext4 -q ${devices[2]}`);
      const held = await run("sys-vg", group(...devices));
      expect(held.plan.problems[0]?.message).toContain(`${devices[2]} holds ext4`);
      const part = await run("sys-vg2", [filesystem(devices[0])]);
      expect(part.plan.problems[0]?.message).toContain("holds LVM2_member: it is never formatted");
      expect(trouble(await run("sys-vg", [pkg("lvm2")]))).toEqual(fine);
      expect(await out(seen)).toBe([devices[0], devices[1]].sort().join("\n"));
    });

    test("swap: made, on, grown, put right, never in place of something else, removed", async (context) => {
      if (!(await hasDisks())) return context.skip(NO_DISKS);
      const device = await disk("96M");
      await out(`mkfs.ext4 -q ${device} && mkdir -p /swap && mount ${device} /swap`);
      const file = (size: string) => [swap("/swap/file", { size, priority: 7 })];
      expect(trouble(await run("sys-swap", file("8M")))).toEqual(fine);
      const shown =
        "swapon --show=NAME,SIZE,PRIO --noheadings | tr -s ' '; stat -c %a /swap/file; grep -c '/swap/file.*pri=7' /etc/fstab";
      expect(await out(shown)).toBe("/swap/file 8M 7\n600\n1");
      expect((await run("sys-swap", file("8M"))).changes).toEqual([]);
      expect(trouble(await run("sys-swap", file("16M")))).toEqual(fine);
      expect(await out(shown)).toBe("/swap/file 16M 7\n600\n1");
      await out("swapoff /swap/file; chmod 644 /swap/file");
      expect((await run("sys-swap", file("16M"))).changes).toEqual(["update swap:/swap/file"]);
      expect(await out(shown)).toBe("/swap/file 16M 7\n600\n1");
      expect((await run("sys-swap", file("16M"))).changes).toEqual([]);
      await out("echo precious >/swap/theirs");
      const theirs = await run("sys-swap1", [swap("/swap/theirs", { size: "8M" })]);
      expect(theirs.plan.problems).toHaveLength(1);
      expect(await out("cat /swap/theirs")).toBe("precious");
      expect(trouble(await run("sys-swap", []))).toEqual(fine);
      expect(await out("swapon --show --noheadings; ls /swap; grep swap /etc/fstab || echo none")).toBe(
        "lost+found\ntheirs\nnone",
      );
    });
  });
});
