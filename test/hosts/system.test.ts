import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  caCertificate,
  type DeclaredInput,
  hostname,
  hostsEntry,
  kernelModule,
  locale,
  pkg,
  sysctl,
  timezone,
} from "../../src/index.ts";
import { AUTHORITY_ONE, AUTHORITY_TWO } from "../conformance/certificates.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("the system's resources on real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);

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
      sysctl("net.ipv4.conf.nosuch0.forwarding", 1),
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
      expect(notesOf(ran)).toContain("this kernel has no net.ipv4.conf.nosuch0.forwarding now");
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
    // The bus gives up after 25 s, which a busy machine may take to start what answers.
    const named = "hostname; cat /etc/hostname; hostnamectl --static || hostnamectl --static || hostnamectl --static";

    test("the host's own, now and at boot, though its file is mounted", async () => {
      const ran = await run("sys-name", [hostname("web1.example.org")]);
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(ran)).toContain("it is written in place");
      expect(await out(named)).toBe("web1.example.org\nweb1.example.org\nweb1.example.org");
      expect((await run("sys-name", [hostname("web1.example.org")])).changes).toEqual([]);
      await out("hostname other");
      expect((await run("sys-name", [hostname("web1.example.org")])).changes).toEqual(["update hostname:system"]);
      expect(await out("hostname")).toBe("web1.example.org");
      await out("umount /etc/hostname");
      expect(trouble(await run("sys-name", [hostname("web2")]))).toEqual(fine);
      expect(await out(named)).toBe("web2\nweb2\nweb2");
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

  describe("time and language", () => {
    test("the time zone, in both of its places; drift of either; a zone that is none", async () => {
      const zone = [timezone("Europe/Berlin")];
      expect(trouble(await run("sys-zone", zone))).toEqual(fine);
      expect(await out("date +%Z; cat /etc/timezone; readlink /etc/localtime")).toMatch(
        /^CES?T\nEurope\/Berlin\n\/usr\/share\/zoneinfo\/Europe\/Berlin$/,
      );
      expect((await run("sys-zone", zone)).changes).toEqual([]);
      await out("echo Etc/UTC >/etc/timezone");
      expect((await run("sys-zone", zone)).changes).toEqual(["update timezone:system"]);
      expect(await out("cat /etc/timezone; ls -A /etc | grep drover || echo none")).toBe("Europe/Berlin\nnone");
      const wrong = await run("sys-zone", [timezone("Europe/Atlantis")]);
      expect(wrong.plan.problems[0]?.message).toContain("there is no zone Europe/Atlantis");
      expect(trouble(await run("sys-zone", []))).toEqual(fine);
      expect(await out("readlink /etc/localtime")).toContain("Europe/Berlin");
    });

    test("a locale needs its package; with it, both come in one run", async () => {
      const alone = await run("sys-loc", [locale("de_DE.UTF-8", { default: true })]);
      expect(alone.plan.problems[0]?.message).toContain("the package locales is not there");
      const both = [pkg("locales"), locale("de_DE.UTF-8", { default: true })];
      expect(trouble(await run("sys-loc", both))).toEqual(fine);
      expect(
        await out("locale -a | grep de_DE; cat /etc/default/locale | grep LANG; grep -c '^de_DE' /etc/locale.gen"),
      ).toBe("de_DE.utf8\nLANG=de_DE.UTF-8\n1");
      expect(await out(". /etc/default/locale; LC_ALL=$LANG date -d 2026-03-01 +%B")).toBe("März");
      expect((await run("sys-loc", both)).changes).toEqual([]);
      expect(trouble(await run("sys-loc", [pkg("locales")]))).toEqual(fine);
      expect(await out("locale -a | grep -c de_DE || true; grep -c '^LANG' /etc/default/locale || true")).toBe("0\n0");
    });
  });

  describe("trusted authorities", () => {
    const trusts = (subject: string): string =>
      `openssl storeutl -noout -text -certs /etc/ssl/certs/ca-certificates.crt 2>/dev/null | grep -c 'Subject:.*${subject}' || true`;

    test("trusted, replaced, put right, and trusted no more", async () => {
      const corp = (pem: string) => [caCertificate("corp", pem)];
      await out("command -v openssl >/dev/null");
      const ran = await run("sys-ca", corp(AUTHORITY_ONE));
      expect(trouble(ran)).toEqual(fine);
      expect(notesOf(ran)).toContain("Test Authority One, valid until 2100-");
      expect(await out(trusts("Test Authority One"))).toBe("1");
      expect((await run("sys-ca", corp(AUTHORITY_ONE))).changes).toEqual([]);
      expect(trouble(await run("sys-ca", corp(AUTHORITY_TWO)))).toEqual(fine);
      expect(await out(`${trusts("Test Authority One")}; ${trusts("Test Authority Two")}`)).toBe("0\n1");
      // As a run would leave it that was killed before the store was made anew.
      await out(
        "rm /etc/ssl/certs/corp.pem && update-ca-certificates --fresh >/dev/null 2>&1; rm /etc/ssl/certs/corp.pem",
      );
      expect((await run("sys-ca", corp(AUTHORITY_TWO))).changes).toEqual(["update ca-certificate:corp"]);
      expect(await out(trusts("Test Authority Two"))).toBe("1");
      // And one that was killed while it took the authority away.
      await out("rm /usr/local/share/ca-certificates/corp.crt");
      expect(trouble(await run("sys-ca", []))).toEqual(fine);
      expect(await out(`${trusts("Test Authority Two")}; ls /etc/ssl/certs | grep corp || echo none`)).toBe("0\nnone");
    });
  });
});
