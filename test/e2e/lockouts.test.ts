import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firewall, pkg, sshd, sudoers } from "../../src/index.ts";
import { stackOf, up, type World } from "../hosts/world.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { LOCKOUTS, type Lockout } from "./lockouts.ts";

const missing = await requirement("lock-outs on real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
/** Whether a runner has made the changes and waits for a new connection. */
const ASKING = "test -s /var/lib/drover/guard/armed && tail -n 1 /var/lib/drover/journal | grep -q asking";
/** As many at a time as there are hosts: most of it is waiting. */
const HOSTS = ["cmlock1", "cmlock2", "cmlock3", "cmlock4"];

let folder = "";
let world: World;
let hosts: Host[] = [];

async function must(host: Host, script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Everything that the lock-outs move, as the host's own tools tell it. */
async function state(host: Host): Promise<string> {
  return must(
    host,
    "cd /etc && sha256sum ssh/sshd_config.d/* sudoers.d/* passwd shadow group 2>/dev/null; sha256sum /root/.ssh/authorized_keys /home/ops/.ssh/authorized_keys; " +
      "nft list ruleset 2>/dev/null | grep -v counter; ls /etc/systemd/system/drover-guard.service 2>&1; sshd -T | sort | sha256sum; getent shadow ops; getent passwd ops root",
  );
}

async function comesIn(login: string, host: Host): Promise<boolean> {
  const ran = await up(world, stackOf(world, "cm-probe", { [host.name]: [] }, login)).catch(() => undefined);
  return ran?.plan.problems.length === 0;
}

interface Result {
  readonly name: string;
  readonly codes: readonly string[];
  readonly guards: boolean;
  readonly same: boolean;
  readonly comesIn: boolean;
}

async function lockOut({ name, login, resources }: Lockout, host: Host): Promise<Result> {
  const before = await state(host);
  const ran = await up(world, stackOf(world, "cm-lock", { [host.name]: resources }, login));
  const changes = ran.plan.hosts.flatMap((one) => one.changes);
  const codes = [
    ...new Set(ran.outcome?.failures.map(({ code }) => code) ?? ran.plan.problems.map(({ code }) => code)),
  ];
  const back = await comesIn(login, host);
  const after = await state(host);
  if (after !== before) console.log(`${name}: before\n${before}\nafter\n${after}`);
  return {
    name,
    codes,
    guards: changes.some((one) => one.guards !== undefined),
    same: after === before,
    comesIn: back,
  };
}

describe.skipIf(missing)("nobody locks themselves out", () => {
  beforeAll(async () => {
    hosts = await startHosts(HOSTS, { aptLists: true });
    folder = await mkdtemp(join(tmpdir(), "drover-lockouts-"));
    // No connection is kept: what came in before would still come in.
    world = { config: await sshConfig(hosts, folder), signal, secrets: () => undefined, persist: 0 };
    const packages = Object.fromEntries(hosts.map(({ name }) => [name, [pkg("nftables")]]));
    expect((await up(world, stackOf(world, "cm-base", packages))).outcome?.failures).toEqual([]);
  }, 900_000);
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  test(`${LOCKOUTS.length} ways to do so are all put back, and everything is as it was`, {
    timeout: 3_600_000,
  }, async () => {
    const queue = [...LOCKOUTS];
    const results: Result[] = [];
    const work = async (host: Host): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = await lockOut(next, host);
        console.log(
          `${result.same && result.comesIn ? "put back" : "FAILED"}: ${next.name} (${result.codes.join(", ")})`,
        );
        results.push(result);
      }
    };
    await Promise.all(hosts.map(work));
    expect(results.filter((one) => !one.same || !one.comesIn)).toEqual([]);
    expect(results.filter(({ codes, guards }) => !guards || !codes.includes("LOCKED_OUT"))).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(30);
  });

  test("what does not lock out stays, and is asked about once", async () => {
    const [host] = hosts as [Host];
    const stack = stackOf(world, "cm-lock", {
      [host.name]: [
        sshd({ MaxAuthTries: 4 }),
        firewall({ allow: [{ port: 22 }] }),
        sudoers("deploy", { rules: [{ who: "ops", commands: "/usr/bin/true", nopasswd: true }] }),
      ],
    });
    const ran = await up(world, stack);
    expect(ran.outcome?.failures).toEqual([]);
    const states = ran.events.flatMap((event) =>
      event.event === "journal" && event.line.t === "guard" ? [event.line.state] : [],
    );
    expect(states).toEqual(["armed", "asking", "confirmed"]);
    expect((await up(world, stack)).changes).toEqual([]);
    expect(
      await must(host, "ls -A /var/lib/drover/guard; systemctl list-timers --all | grep -c drover-guard || true"),
    ).toBe("lock\n0\n");
    expect((await up(world, stackOf(world, "cm-lock", { [host.name]: [] }))).outcome?.failures).toEqual([]);
  });

  const killed = {
    "the runner and the client are killed": async (host: Host) => {
      await must(host, "pkill -KILL -f '[/]runs/.*/main'");
    },
    "the host is started anew": async (host: Host) => {
      await host.reboot();
    },
  };

  test.each(Object.entries(killed))("it is put back also when %s", { timeout: 600_000 }, async (_how, kill) => {
    const [host] = hosts as [Host];
    const before = await state(host);
    const stop = new AbortController();
    const lock = up({ ...world, signal: stop.signal }, stackOf(world, "cm-lock", { [host.name]: [firewall({})] }));
    const ended = lock.then(
      () => {},
      () => {}, // It is cancelled below; what counts is the host.
    );
    await until(async () => (await host.sh(ASKING)).code === 0);
    stop.abort();
    await kill(host);
    await ended;
    await until(async () => (await state(host)) === before);
    await until(() => comesIn("root", host));
    // The next run tells what became of it.
    await up(world, stackOf(world, "cm-lock", { [host.name]: [pkg("ed")] }));
    expect(await must(host, "grep -c LOCKED_OUT /var/lib/drover/journal")).toMatch(/^[1-9]/);
  });
});

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 240; looks += 1) {
    if (await look().catch(() => false)) return;
    await sleep(500);
  }
  throw new Error("it did not come");
}
