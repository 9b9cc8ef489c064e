import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { type DeclaredInput, file, firewall, pkg, reboot, service, sshd } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("boots and lock-outs with sysvinit", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
const LIST = "nft list table inet drover";

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

const stack = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { boot: resources });
const trouble = ({ plan, outcome }: Ran) => ({ problems: plan.problems, failures: outcome?.failures ?? [] });
const fine = { problems: [], failures: [] };

/** Runs without trouble, and then has nothing more to do; gives what it changed. */
async function settled(id: string, resources: DeclaredInput[]): Promise<string[]> {
  const ran = await up(world, stack(id, resources));
  expect(trouble(ran)).toEqual(fine);
  expect((await up(world, stack(id, resources))).changes).toEqual([]);
  return [...ran.changes];
}

async function until(look: () => Promise<boolean>): Promise<void> {
  await expect.poll(() => look().catch(() => false), { timeout: 180_000, interval: 300 }).toBe(true);
}

/** Whether a new connection from here comes in. */
function comesIn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.address, port, timeout: 2000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on("connect", () => end(true))
      .on("timeout", () => end(false))
      .on("error", () => end(false));
  });
}

describe.skipIf(missing)("boots and lock-outs with sysvinit", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["boot"], { init: "sysv", aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-sysv-boot-"));
    // No connection is kept: what came in before would still come in.
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined, persist: 0 };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const rules = (...more: number[]): DeclaredInput[] => [
    pkg("nftables"),
    firewall({ allow: [{ port: [22, ...more] }] }),
  ];
  /** Everything that is armed for a boot, and what the boot goes by. */
  const armed = () =>
    out(
      "ls /etc/rcS.d/*drover-guard /etc/init.d/drover-guard 2>/dev/null; grep -o 'drover-guard' /etc/init.d/.depend.boot | uniq; true",
    );
  const state = () =>
    out(
      `${LIST} 2>&1; sha256sum /etc/drover-firewall.nft /var/lib/drover/firewall /etc/ssh/sshd_config.d/* 2>&1; ls /etc/rcS.d`,
    );

  test("the firewall's rules are loaded by an init script, now and after a boot, last of all that loads rules", async () => {
    expect(await settled("sb-fw", rules())).toEqual(["create package:nftables", "create firewall:main"]);
    const before = await out(LIST);
    expect(before).toContain("tcp dport 22 accept");
    expect(await out("service drover-firewall status >/dev/null; echo $?; stat -c %a /etc/init.d/.depend.boot")).toBe(
      "0\n644",
    );
    await host.reboot();
    expect(await out(LIST)).toBe(before);
    expect([await comesIn(22), (await up(world, stack("sb-fw", rules()))).changes]).toEqual([true, []]);
  });

  test("what nftables' own script flushes, and a link that went or that the boot does not go by, is found and put right", async () => {
    for (const drift of [
      "service nftables restart",
      "update-rc.d drover-firewall disable",
      "update-rc.d drover-firewall remove",
      "sed -i 's/ drover-firewall//' /etc/init.d/.depend.boot",
      "echo '# by hand' >>/etc/init.d/drover-firewall",
    ]) {
      await out(drift);
      expect([drift, await settled("sb-fw", rules())]).toEqual([drift, ["update firewall:main"]]);
    }
    await host.reboot();
    expect(await out(LIST)).toContain("tcp dport 22 accept");
  });

  test("rules and an sshd that lock us out are put back to the byte, and what does not is confirmed", async () => {
    const before = await state();
    for (const lock of [firewall({ allow: [{ port: 80 }] }), sshd({ AllowUsers: ["nobody"] })]) {
      const ran = await up(
        world,
        stack("sb-fw", [pkg("nftables"), lock, ...(lock.type === "sshd" ? rules().slice(1) : [])]),
      );
      expect(ran.outcome?.failures.map(({ code }) => code)).toContain("LOCKED_OUT");
      expect([await state(), await armed(), await comesIn(22)]).toEqual([before, "", true]);
    }
    expect(await settled("sb-fw", [...rules(8080), sshd({ MaxAuthTries: 4 })])).toEqual(
      expect.arrayContaining(["update firewall:main", "create sshd:main"]),
    );
    expect(await out("sshd -T | grep maxauthtries; service ssh status >/dev/null; echo $?")).toBe("maxauthtries 4\n0");
    expect([await armed(), await settled("sb-fw", rules())]).toEqual(["", expect.any(Array)]);
    expect(await state()).toBe(before);
  });

  test.each([
    ["the runner and its client are killed", () => out("pkill -KILL -f '[/]runs/.*/main'; true")],
    ["the machine is started anew", () => host.reboot()],
  ])("they are put back also when %s", async (_how, kill) => {
    const before = await state();
    const stop = new AbortController();
    const lock = up({ ...world, signal: stop.signal }, stack("sb-fw", [pkg("nftables"), firewall({})])).catch(
      () => undefined,
    );
    await until(async () => (await out("tail -n 1 /var/lib/drover/journal")).includes("asking"));
    expect(await armed()).toMatch(/^\/etc\/init.d\/drover-guard\n\/etc\/rcS.d\/S\d\ddrover-guard\ndrover-guard$/);
    expect(await comesIn(22)).toBe(false);
    stop.abort();
    await kill();
    await lock;
    await until(async () => (await armed()) === "" && (await comesIn(22)));
    expect(await state()).toBe(before);
    // The next run tells what became of it.
    expect((await up(world, stack("sb-fw", rules()))).changes).toEqual([]);
    await settled("sb-told", [file("/etc/told", { content: _how })]);
    expect(await out("grep -c LOCKED_OUT /var/lib/drover/journal")).toMatch(/^[1-9]/);
  });

  test("what its rules kept out comes in when they leave, and nothing of them is loaded at a boot", async () => {
    expect(await settled("sb-fw", [pkg("nftables")])).toEqual(["delete firewall:main"]);
    expect(
      await out(
        "ls /etc/init.d/drover* /etc/rcS.d/*drover* 2>/dev/null; grep -c drover /etc/init.d/.depend.boot; true",
      ),
    ).toBe("0");
  });

  test("a run goes on after a boot of its own, and boots once", async () => {
    const booting = [
      file("/srv/before", { content: "before\n" }),
      reboot({ when: "changed", of: ["kernel-2"] }, { needs: ["file:/srv/before"] }),
      file("/srv/booted", { content: "booted\n" }, { needs: ["reboot:main"] }),
    ];
    const running = up(world, stack("sb-reboot", booting));
    await until(async () => (await host.sh("true").catch(() => ({ code: 1 }))).code !== 0);
    await host.reboot();
    expect(trouble(await running)).toEqual(fine);
    expect(await out("cat /srv/booted")).toBe("booted");
    expect((await up(world, stack("sb-reboot", booting))).changes).toEqual([]);
  });

  test("drift, the runbook and the doctor know what starts with the machine, and what runs it", async () => {
    const all = [pkg("cron"), service("cron", {}, { needs: ["package:cron"] })];
    await settled("sb-drift", all);
    await until(async () => (await out("grep -c '^inventory:unit/cron' /var/lib/drover/inventory || true")) === "1");
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => undefined };
    const drift = async () => (await drover.drift(stack("sb-drift", all), options))[0];
    expect(await drift()).toMatchObject({ managed: [], unmanaged: [], gaps: [] });
    await out(
      "printf '#!/bin/sh\\n### BEGIN INIT INFO\\n# Provides: sly\\n# Required-Start: $local_fs\\n# Required-Stop:\\n# Default-Start: 2 3 4 5\\n# Default-Stop:\\n### END INIT INFO\\n' >/etc/init.d/sly; chmod 755 /etc/init.d/sly; update-rc.d sly defaults; update-rc.d cron disable; update-rc.d ssh disable 5",
    );
    const seen = await drift();
    expect(seen?.managed.map(({ id }) => id)).toEqual(["service:cron"]);
    expect(seen?.unmanaged).toEqual([
      { kind: "unit", name: "sly", is: "runlevels=2345" },
      { kind: "unit", name: "ssh", was: "runlevels=2345", is: "runlevels=234" },
    ]);
    const [book] = await drover.runbook(stack("sb-drift", all), options);
    expect(book?.inventory["unit"]).toMatchObject({ sly: "runlevels=2345", procps: "runlevels=S" });
    const found = await drover.doctor(stack("sb-drift", all), options);
    expect(found).toContainEqual({
      where: "boot",
      ok: true,
      what: "debian bookworm, packages: apt, init: sysv",
      fix: "",
    });
    expect(found.filter(({ where, ok }) => where === "boot" && !ok)).toEqual([]);
  });
});
