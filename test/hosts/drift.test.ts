import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DriftReport } from "../../src/api.ts";
import { openContext } from "../../src/drover/context.ts";
import { runbook } from "../../src/drover/runbook.ts";
import { createDrover } from "../../src/drover.ts";
import { file, pkg, service, user } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { stackOf, up, type World } from "./world.ts";

const missing = await requirement("drift on a real host", requireEngine);
const signal = AbortSignal.timeout(600_000);

let folder = "";
let world: World;
let host: Host;

const resources = [
  file("/etc/motd.drover", { content: "hello\n" }),
  user("ann", { shell: "/bin/sh" }),
  pkg("cron"),
  service("cron", {}, { needs: ["package:cron"] }),
];

async function drift(): Promise<DriftReport> {
  await using drover = createDrover();
  const [report] = await drover.drift(stackOf(world, "cm-drift", { cmdrift: resources }), {
    signal,
    secrets: world.secrets,
    emit: () => {},
  });
  if (report === undefined) throw new Error("no report");
  return report;
}

async function must(script: string): Promise<void> {
  const { stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
}

describe.skipIf(missing)("drift", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["cmdrift"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-drift-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    const ran = await up(world, stackOf(world, "cm-drift", { cmdrift: resources }));
    expect(ran.outcome?.failures).toEqual([]);
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("nothing has drifted right after a run", async () => {
    const report = await drift();
    expect({ managed: report.managed, unmanaged: report.unmanaged, gaps: report.gaps }).toEqual({
      managed: [],
      unmanaged: [],
      gaps: [],
    });
    expect(report.since?.run).toBe(1);
  });

  test("the runbook says what is there, by the host's own word", async () => {
    const options = { signal, secrets: world.secrets, emit: () => {} };
    await using context = openContext(stackOf(world, "cm-drift", { cmdrift: resources }), options);
    const [book] = await runbook(context, options);
    // All that is to be seen is seen once; its journal and its inventory besides.
    expect(await context.hosts.exchanges()).toEqual({ cmdrift: 3 });
    const cron = book?.things.find(({ id }) => id === "service:cron");
    expect(cron?.state).toContain("active=active");
    expect(cron?.last?.run).toBe(1);
    expect(book?.inventory["port"]?.["tcp/0.0.0.0:22"]).toContain("sshd");
    expect(book?.inventory["user"]?.["ann"]).toContain("shell=/bin/sh");
    expect(book?.pending).toBe(0);
    expect(book?.runs.map(({ number, ok }) => [number, ok])).toEqual([[1, true]]);
  });

  test("what was changed by hand is told: managed things after which run, all else as it came, went or changed", async () => {
    await must("echo more >>/etc/motd.drover; usermod -s /bin/bash ann; systemctl disable --now cron");
    await must(
      "useradd -m eve; mkdir -p ~eve/.ssh; echo 'no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEvilKeyOfEve eve@x' >~eve/.ssh/authorized_keys",
    );
    await must("apt-get install -qq -y --no-install-recommends netcat-openbsd >/dev/null");
    await must(
      "printf '[Unit]\\n[Service]\\nExecStart=/bin/nc -lk 7777\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/nc.service",
    );
    await must("systemctl daemon-reload; systemctl enable --now nc; sleep 1; echo '# tampered' >>/usr/bin/ldd");
    const report = await drift();
    expect(report.managed.map(({ id, run }) => `${id} after ${run}`).sort()).toEqual([
      "file:/etc/motd.drover after 1",
      "service:cron after 1",
      "user:ann after 1",
    ]);
    const seen = report.unmanaged.map(({ kind, name, was }) => `${was === undefined ? "+" : "~"} ${kind} ${name}`);
    expect(seen).toEqual(
      expect.arrayContaining([
        "+ user eve",
        "+ group eve",
        "+ key eve/ssh-ed25519:DI1NTE5AAAAIEvilKeyOfEve",
        "+ package netcat-openbsd",
        "+ unit nc.service",
        "+ port tcp/0.0.0.0:7777",
        "+ package-file /usr/bin/ldd",
      ]),
    );
    expect(seen.filter((one) => /motd|ann|cron/.test(one))).toEqual([]);
  });

  test("a run puts managed things right, and takes what is there by then for known", async () => {
    const ran = await up(world, stackOf(world, "cm-drift", { cmdrift: resources }));
    expect(ran.changes).toHaveLength(3);
    const { managed, unmanaged } = await drift();
    expect({ managed, unmanaged }).toEqual({ managed: [], unmanaged: [] });
  });
});
