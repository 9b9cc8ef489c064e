import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostname, kernelModule, locale, sysctl, timezone } from "../../src/index.ts";
import { requirement, requireVirtualMachines } from "../machines/index.ts";
import { type Bench, bench, fine, notesOf, trouble } from "./machine.ts";

const missing = await requirement("the kernel of a virtual machine", requireVirtualMachines);

describe.skipIf(missing)("the kernel of a virtual machine", () => {
  let at: Bench;
  const out = (script: string): Promise<string> => at.out(script);
  beforeAll(async () => {
    at = await bench("vmkernel", { disks: [] });
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  const modules = [
    kernelModule("br_netfilter"),
    kernelModule("softdog", { blacklist: true }),
    kernelModule("loop", { blacklist: true }),
    kernelModule("ext4", { blacklist: true }),
  ];
  const settings = [
    sysctl("net.bridge.bridge-nf-call-iptables", 0),
    sysctl("kernel.panic", 17),
    sysctl("kernel.printk", "3 4 1 3"),
    sysctl("vm.swappiness", 11),
    sysctl("vm.max_map_count", 262144),
  ];
  const LOADED = "for m in br_netfilter softdog loop; do [ ! -e /sys/module/$m ] || echo $m; done";
  const SET =
    "sysctl -n net.bridge.bridge-nf-call-iptables kernel.panic kernel.printk vm.swappiness vm.max_map_count | tr '\\t' ' '";
  const wanted = "0\n17\n3 4 1 3\n11\n262144";

  test("modules are loaded and unloaded, and their settings set, in one run", async () => {
    await out("modprobe softdog; f=/var/tmp/disk; truncate -s 4M $f; losetup -f $f");
    expect(await out(LOADED)).toBe("softdog\nloop");
    const ran = await at.run("vm-kernel", [...modules, ...settings]);
    expect(trouble(ran)).toEqual(fine);
    expect(await out(LOADED)).toBe("br_netfilter\nloop");
    expect(notesOf(ran)).toContain("loop is loaded and in use (1): it stays until the next boot");
    expect(notesOf(ran)).toContain("ext4 is built into this kernel: no file keeps it out");
    expect(await out(SET)).toBe(wanted);
    expect(await out("modprobe softdog 2>&1 || echo refused")).toContain("refused");
    expect((await at.run("vm-kernel", [...modules, ...settings])).changes).toEqual([]);
  });

  test("a boot brings the same: what is loaded, what is kept out, what is set", async () => {
    await at.vm.reboot();
    expect(await out("systemctl is-system-running")).toBe("running");
    expect(await out(LOADED)).toBe("br_netfilter");
    expect(await out(SET)).toBe(wanted);
    expect(await out("modprobe loop 2>&1 || echo refused")).toContain("refused");
    expect((await at.run("vm-kernel", [...modules, ...settings])).changes).toEqual([]);
  });

  test("what was unloaded or set by hand is put right", async () => {
    await out("modprobe -r br_netfilter; sysctl -qw vm.swappiness=60 kernel.printk='7 4 1 7'");
    const ran = await at.run("vm-kernel", [...modules, ...settings]);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes.toSorted()).toEqual([
      "update kernel-module:br_netfilter",
      "update sysctl:kernel.printk",
      "update sysctl:net.bridge.bridge-nf-call-iptables",
      "update sysctl:vm.swappiness",
    ]);
    expect(await out(SET)).toBe(wanted);
    expect((await at.run("vm-kernel", [...modules, ...settings])).changes).toEqual([]);
  });

  test("what leaves the file: settings are as they were, modules may be loaded again, and a boot knows nothing of it", async () => {
    expect(trouble(await at.run("vm-kernel", []))).toEqual(fine);
    expect(await out("sysctl -n kernel.panic vm.swappiness vm.max_map_count")).toBe("0\n60\n65530");
    expect(await out("modprobe softdog && echo loaded")).toBe("loaded");
    await at.vm.reboot();
    // systemd loads it by itself, where nothing keeps it out.
    expect(await out(LOADED)).toBe("loop");
    expect(await out("sysctl -n kernel.panic vm.swappiness")).toBe("0\n60");
    expect((await at.run("vm-kernel", [])).changes).toEqual([]);
  });

  test("name, time zone and language are those of the next boot, too", async () => {
    const system = [hostname("vm.example.org"), timezone("Asia/Kathmandu"), locale("de_DE.UTF-8", { default: true })];
    const ran = await at.run("vm-system", system);
    expect(trouble(ran)).toEqual(fine);
    const seen =
      "uname -n; hostnamectl hostname; date -d @0 +%H:%M; timedatectl show -p Timezone --value; su - ops -c 'echo $LANG; locale -k d_fmt' | head -n 2";
    const expected = 'vm.example.org\nvm.example.org\n05:30\nAsia/Kathmandu\nde_DE.UTF-8\nd_fmt="%d.%m.%Y"';
    expect(await out(seen)).toBe(expected);
    await at.vm.reboot();
    expect(await out(seen)).toBe(expected);
    expect(await out("journalctl -b -o short | tail -n 1 | cut -d ' ' -f 4")).toBe("vm.example.org");
    expect((await at.run("vm-system", system)).changes).toEqual([]);
  });
});
