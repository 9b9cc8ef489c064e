import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeclaredInput, firewall, pkg } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("firewalls of real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);

let folder = "";
let world: World;
let host: Host;
let other: Host;
let bare: Host;

async function out(on: Host, script: string): Promise<string> {
  const { stdout, stderr, code } = await on.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

/** Whether a new connection from the other host comes in. */
async function comesIn(port: number): Promise<boolean> {
  const { code } = await other.sh(`timeout 2 bash -c 'exec 3<>/dev/tcp/${host.address}/${port}'`);
  return code === 0;
}

const fine = { problems: [], failures: [] };
const LISTEN = "nft list table inet drover";

describe.skipIf(missing)("firewalls of real hosts", () => {
  beforeAll(async () => {
    [[host, other], [bare]] = (await Promise.all([
      startHosts(["fwhost", "fwother"], { aptLists: true }),
      startHosts(["fwbare"], { aptLists: true, init: "none" }),
    ])) as [[Host, Host], [Host]];
    folder = await mkdtemp(join(tmpdir(), "drover-firewall-"));
    world = { config: await sshConfig([host, bare], folder), signal, secrets: () => undefined };
    const serve = (port: number): string =>
      `systemd-run -q --collect --unit=serve${port} perl -MSocket -e 'socket(S,PF_INET,SOCK_STREAM,6); bind(S,sockaddr_in(${port},INADDR_ANY)); listen(S,9); while(accept(C,S)) { close C }'`;
    await out(host, [80, 8080].map(serve).join("; "));
    const listens = (port: number): string =>
      `for look in $(seq 150); do bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}' 2>/dev/null && break; sleep 0.2; done`;
    await out(host, [80, 8080].map(listens).join("; "));
  }, 600_000);
  afterAll(async () => {
    await Promise.all([host, other, bare].map((one) => one?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const stack = (...resources: DeclaredInput[]) => stackOf(world, "cm-fw", { fwhost: resources });
  const rules = (...more: number[]) => [
    pkg("nftables"),
    firewall({
      allow: [
        { port: 22 },
        {
          port: [80, ...more],
          from: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8", "fe80::/10"],
          comment: "it's $(x)",
        },
      ],
      deny: [{ from: "203.0.113.0/24" }],
    }),
  ];

  test("with its package in one run: what is allowed comes in, all else does not", async () => {
    expect(await comesIn(8080)).toBe(true);
    const ran = await up(world, stack(...rules()));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create package:nftables", "create firewall:main"]);
    expect(await comesIn(80)).toBe(true);
    expect(await comesIn(8080)).toBe(false);
    expect(await out(host, "nft list tables")).toContain("table inet drover");
    expect(await out(host, LISTEN)).toContain("policy drop");
    expect(
      await out(
        host,
        "ping -6 -c 1 ::1 >/dev/null 2>&1; systemctl is-enabled drover-firewall; systemctl is-active drover-firewall",
      ),
    ).toBe("enabled\nactive");
  });

  test("then there is nothing to do, also after traffic", async () => {
    expect(await comesIn(80)).toBe(true);
    const ran = await up(world, stack(...rules()));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual([]);
  });

  test("rules added, taken out or flushed by hand are found and put right", async () => {
    await out(host, "nft add table ip others; nft add chain ip others input '{ type filter hook input priority 10; }'");
    const others = await out(host, "nft list table ip others");
    for (const drift of [
      "nft insert rule inet drover input tcp dport 8080 accept; nft add element inet drover allow1_ip '{ 100.64.0.0/10 }'",
      "nft chain inet drover input '{ policy accept; }'; rm /var/lib/drover/firewall",
      "nft delete table inet drover; systemctl disable -q drover-firewall",
      "echo '# drift' >>/etc/drover-firewall.nft",
    ]) {
      await out(host, drift);
      const ran = await up(world, stack(...rules()));
      expect(trouble(ran)).toEqual(fine);
      expect([drift, ran.changes]).toEqual([drift, ["update firewall:main"]]);
      expect((await up(world, stack(...rules()))).changes).toEqual([]);
    }
    expect(await comesIn(8080)).toBe(false);
    expect(await comesIn(80)).toBe(true);
    expect(await out(host, "nft list table ip others")).toBe(others);
  }, 900_000);

  test("new rules replace the old ones, and a change that fails half-way is taken back to the byte", async () => {
    const look = `${LISTEN}; sha256sum /etc/drover-firewall.nft /var/lib/drover/firewall`;
    const before = await out(host, look);
    await out(host, "mkdir /var/lib/drover/.firewall");
    const failed = await up(world, stack(...rules(8080)));
    expect(failed.outcome?.failures.map((failure) => failure.code)).toContain("STEP_FAILED");
    await out(host, "rmdir /var/lib/drover/.firewall");
    expect(await out(host, look)).toBe(before);
    expect((await up(world, stack(...rules()))).changes).toEqual([]);
    expect(trouble(await up(world, stack(...rules(8080))))).toEqual(fine);
    expect(await comesIn(8080)).toBe(true);
    expect((await up(world, stack(...rules()))).changes).toEqual(["update firewall:main"]);
    expect(await out(host, look)).toBe(before);
  }, 900_000);

  test("rules that lock us out are put back to the byte, by themselves", async () => {
    const look = `${LISTEN}; sha256sum /etc/drover-firewall.nft /var/lib/drover/firewall`;
    const before = await out(host, look);
    const ran = await up(world, stack(pkg("nftables"), firewall({ allow: [{ port: 80 }] })));
    expect(ran.outcome?.failures.map(({ code }) => code)).toContain("LOCKED_OUT");
    expect(await out(host, look)).toBe(before);
    expect((await up(world, stack(...rules()))).changes).toEqual([]);
  }, 900_000);

  test("rules that nft does not accept change nothing", async () => {
    const before = await out(host, `${LISTEN}; sha256sum /etc/drover-firewall.nft`);
    await out(
      host,
      'mv /usr/sbin/nft /usr/sbin/nft.real; printf \'#!/bin/sh\\ncase "$*" in *--check*) echo wrong rule >&2; exit 1;; esac\\nexec /usr/sbin/nft.real "$@"\\n\' >/usr/sbin/nft; chmod 755 /usr/sbin/nft',
    );
    const ran = await up(world, stack(...rules(9090)));
    expect(ran.outcome?.failures[0]?.message).toContain("nft does not accept what was to be written");
    await out(host, "mv /usr/sbin/nft.real /usr/sbin/nft");
    expect(await out(host, `${LISTEN}; sha256sum /etc/drover-firewall.nft`)).toBe(before);
    expect((await up(world, stack(...rules()))).changes).toEqual([]);
  });

  test("after a boot the same rules are loaded, and nftables.service cannot take them away unseen", async () => {
    const before = await out(host, LISTEN);
    await host.reboot();
    expect(await out(host, LISTEN)).toBe(before);
    expect((await up(world, stack(...rules()))).changes).toEqual([]);
    // It flushes all tables; ours is loaded again right after it.
    await out(host, "systemctl restart nftables");
    const again = `for look in $(seq 150); do ${LISTEN} 2>/dev/null && exit; sleep 0.2; done; exit 1`;
    expect(await out(host, again)).toBe(before);
    expect((await up(world, stack(...rules()))).changes).toEqual([]);
  }, 900_000);

  test("another manager that is active is refused, by name", async () => {
    await out(
      host,
      "mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf; printf '#!/bin/sh\\n' >/usr/sbin/ufw; chmod 755 /usr/sbin/ufw",
    );
    const ran = await up(world, stack(...rules()));
    expect(ran.plan.problems[0]?.message).toContain("ufw is active on this machine");
    await out(host, "rm -r /etc/ufw /usr/sbin/ufw");
  });

  test("what leaves the file opens again, and others' tables stay", async () => {
    await out(host, "nft add table ip others");
    const ran = await up(world, stack(pkg("nftables")));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["delete firewall:main"]);
    expect(
      await out(
        host,
        "nft list tables; ls /etc/drover-firewall.nft /etc/systemd/system/drover-firewall.service 2>/dev/null || true",
      ),
    ).not.toContain("drover");
    expect(await out(host, "nft list tables")).toContain("table ip others");
    expect((await up(world, stack(pkg("nftables")))).changes).toEqual([]);
  });

  test("a foreign table of our name is not touched", async () => {
    await out(host, "nft add table inet drover");
    expect((await up(world, stack(...rules()))).plan.problems[0]?.code).toBe("FOREIGN");
    await out(host, "nft delete table inet drover");
  });

  test("without systemd the rules hold until the next boot, and that is said", async () => {
    const none = (...more: DeclaredInput[]) => stackOf(world, "cm-fw", { fwbare: [pkg("nftables"), ...more] });
    const one = firewall({ allow: [{ port: 22 }] });
    const ran = await up(world, none(one));
    expect(trouble(ran)).toEqual(fine);
    expect(JSON.stringify(ran.plan)).toContain("nothing loads the rules at boot here");
    expect(await out(bare, LISTEN)).toContain("tcp dport 22 accept");
    expect((await up(world, none(one))).changes).toEqual([]);
    expect(trouble(await up(world, none()))).toEqual(fine);
    expect(await out(bare, "nft list tables")).not.toContain("drover");
  });

  test("they leave together with their package, in one run", async () => {
    const wanted = (...all: DeclaredInput[]) => stackOf(world, "cm-fw", { fwbare: all });
    expect(trouble(await up(world, wanted(pkg("nftables"), firewall({ allow: [{ port: 22 }] }))))).toEqual(fine);
    const ran = await up(world, wanted());
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes.toSorted()).toEqual(["delete firewall:main", "delete package:nftables"]);
    expect(await out(bare, "command -v nft || echo none")).toBe("none");
    expect((await up(world, wanted())).changes).toEqual([]);
  });
});
