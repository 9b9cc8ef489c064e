import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeclaredInput, hostname, hostsEntry, kernelModule, sysctl } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("the system's resources on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);

let folder = "";
let world: World;
let host: Host;

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

function notesOf({ plan }: Ran): string {
  return plan.hosts.flatMap(({ changes }) => changes.flatMap(({ notes = [] }) => notes)).join("\n");
}

describe.skipIf(missing)("the system's resources on a real host", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["sysone"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-system-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const stack = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { sysone: resources });
  const run = (id: string, resources: DeclaredInput[], only: readonly string[] = []) =>
    up(world, stack(id, resources), only);

  describe("settings of the kernel", () => {
    const settings = (forward: number) => [
      sysctl("net.ipv4.ip_forward", forward),
      sysctl("net/ipv4/conf/all/rp_filter", "2"),
      sysctl("net.ipv4.tcp_rmem", "4096 131072\t6291456"),
      sysctl("vm.swappiness", 10),
      sysctl("net.bridge.bridge-nf-call-iptables", 1),
    ];
    const seen = "sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.tcp_rmem | tr '\\t' ' '";
    let before = "";

    test("the file and the kernel, in one run; what cannot be set here is said", async () => {
      await out("sysctl -w net.ipv4.ip_forward=0");
      before = await out(seen);
      const ran = await run("sys-ctl", settings(1));
      expect(trouble(ran)).toEqual(fine);
      expect(await out(seen)).toBe("1\n2\n4096 131072 6291456");
      expect(await out("cat /etc/sysctl.d/60-drover-net.ipv4.ip_forward.conf")).toBe(
        "# before: 0\nnet.ipv4.ip_forward = 1",
      );
      expect(notesOf(ran)).toContain("vm.swappiness is");
      expect(notesOf(ran)).toContain("this kernel has no net.bridge.bridge-nf-call-iptables now");
      expect((await run("sys-ctl", settings(1))).changes).toEqual([]);
      // What boots the host reads our files, and says the same.
      expect(await out("sysctl --system 2>/dev/null | grep -c '^net.ipv4.ip_forward = 1'")).toBe("1");
    });

    test("drift of either state is put right, and nothing else", async () => {
      await out(
        "sysctl -w net.ipv4.ip_forward=0; echo 'net.ipv4.conf.all.rp_filter=0' >/etc/sysctl.d/60-drover-net.ipv4.conf.all.rp_filter.conf",
      );
      const ran = await run("sys-ctl", settings(1));
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes.toSorted()).toEqual([
        "update sysctl:net.ipv4.conf.all.rp_filter",
        "update sysctl:net.ipv4.ip_forward",
      ]);
      expect(await out(seen)).toBe("1\n2\n4096 131072 6291456");
      expect((await run("sys-ctl", settings(1))).changes).toEqual([]);
    });

    test("a later file that overrides is named", async () => {
      await out("echo 'net/ipv4/ip_forward = 0' >/etc/sysctl.d/99-zz.conf");
      const ran = await run("sys-ctl", settings(0));
      expect(notesOf(ran)).not.toContain("99-zz.conf");
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(await run("sys-ctl", settings(1)))).toContain(
        "/etc/sysctl.d/99-zz.conf comes later and sets net.ipv4.ip_forward to 0",
      );
      await out("rm /etc/sysctl.d/99-zz.conf");
    });

    test("what leaves the file leaves the kernel as it was", async () => {
      const ran = await run("sys-ctl", []);
      expect(trouble(ran)).toEqual(fine);
      // rp_filter was overwritten by hand, so that what was before it is not known any more.
      expect((await out(seen)).split("\n").filter((_, at) => at !== 1)).toEqual(
        before.split("\n").filter((_, at) => at !== 1),
      );
      expect(await out("ls /etc/sysctl.d | grep drover || echo none")).toBe("none");
      expect((await run("sys-ctl", [])).changes).toEqual([]);
    });

    test("a dozen settings are asked about together", async () => {
      const many = Array.from({ length: 12 }, (_, at) => sysctl(`net.ipv4.neigh.lo.x${at}`, at));
      const ran = await run("sys-many", many);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toHaveLength(12);
      expect((await run("sys-many", many)).changes).toEqual([]);
      expect(trouble(await run("sys-many", []))).toEqual(fine);
    });
  });

  describe("modules of the kernel", () => {
    test("in a container without the right only the file is kept, and that is said", async () => {
      const modules = [kernelModule("br_netfilter"), kernelModule("usb-storage", { blacklist: true })];
      const ran = await run("sys-mod", modules);
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(ran)).toMatch(/only the file is kept, which loads it at boot/);
      expect(
        await out("cat /etc/modules-load.d/drover-br_netfilter.conf /etc/modprobe.d/drover-usb-storage.conf"),
      ).toBe("br_netfilter\nblacklist usb-storage\ninstall usb-storage /bin/false");
      expect((await run("sys-mod", modules)).changes).toEqual([]);
      expect(
        (await run("sys-mod", [kernelModule("br_netfilter", { blacklist: true }), modules[1] as DeclaredInput]))
          .changes,
      ).toEqual(["update kernel-module:br_netfilter"]);
      expect(await out("ls /etc/modules-load.d | grep drover || echo none")).toBe("none");
      expect(trouble(await run("sys-mod", []))).toEqual(fine);
      expect(await out("ls /etc/modules-load.d /etc/modprobe.d | grep drover || echo none")).toBe("none");
    });
  });

  describe("names", () => {
    test("the host's own, now and at boot, though its file is mounted", async () => {
      const ran = await run("sys-name", [hostname("web1.example.org")]);
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(ran)).toContain("it is written in place");
      expect(await out("hostname; cat /etc/hostname; hostnamectl --static")).toBe(
        "web1.example.org\nweb1.example.org\nweb1.example.org",
      );
      expect((await run("sys-name", [hostname("web1.example.org")])).changes).toEqual([]);
      await out("hostname other");
      expect((await run("sys-name", [hostname("web1.example.org")])).changes).toEqual(["update hostname:system"]);
      expect(await out("hostname")).toBe("web1.example.org");
      await out("umount /etc/hostname");
      expect(trouble(await run("sys-name", [hostname("web2")]))).toEqual(fine);
      expect(await out("hostname; cat /etc/hostname; hostnamectl --static")).toBe("web2\nweb2\nweb2");
      expect(trouble(await run("sys-name", []))).toEqual(fine);
      expect(await out("hostname")).toBe("web2");
    });

    test("entries of /etc/hosts, mounted or not; all other lines stay", async () => {
      const entries = [hostsEntry("10.9.8.7", ["db.internal", "db"]), hostsEntry("fd00::5", ["db6"])];
      await out("printf '# mine\\n10.1.1.1\\tother # x\\n10.11.12.13 last' >>/etc/hosts");
      const before = await out("cat /etc/hosts");
      const ran = await run("sys-hosts", entries);
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(ran)).toContain("it is written in place");
      expect(await out("getent hosts db; getent hosts db6; getent hosts last | tr -s ' '")).toMatch(
        /^10\.9\.8\.7 +db\.internal db\nfd00::5 +db6\n10\.11\.12\.13 last$/,
      );
      expect((await run("sys-hosts", entries)).changes).toEqual([]);
      await out(
        "cp /etc/hosts /tmp/h && sed -i '/db6/d; s/db.internal/x y/' /tmp/h && cat /tmp/h >/etc/hosts; umount /etc/hosts; cat /tmp/h >/etc/hosts; chmod 644 /etc/hosts",
      );
      const drift = await run("sys-hosts", entries);
      expect(drift.changes.toSorted()).toEqual(["create hosts-entry:fd00::5", "update hosts-entry:10.9.8.7"]);
      expect(trouble(drift)).toEqual(fine);
      expect(
        await out("getent hosts db.internal | tr -s ' '; stat -c %a /etc/hosts; ls -A /etc | grep drover || echo none"),
      ).toBe("10.9.8.7 db.internal db\n644\nnone");
      expect((await run("sys-foreign", [hostsEntry("10.1.1.1", ["x"])])).plan.problems[0]?.code).toBe("FOREIGN");
      expect(trouble(await run("sys-hosts", []))).toEqual(fine);
      expect(await out("cat /etc/hosts")).toBe(before);
    });
  });
});
