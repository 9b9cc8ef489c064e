import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  cron,
  type DeclaredInput,
  dropIn,
  environmentVariables,
  file,
  limits,
  logrotate,
  pkg,
  secret,
  service,
  timer,
  unit,
  user,
} from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("services on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);

let folder = "";
let world: World;
let host: Host;
let bare: Host;

async function out(script: string, on: Host = host): Promise<string> {
  const { stdout, stderr, code } = await on.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Runs without trouble, and then has nothing more to do; gives what it changed. */
async function settled(id: string, resources: DeclaredInput[]): Promise<string[]> {
  const stack = stackOf(world, id, { svc: resources });
  const ran = await up(world, stack);
  expect({ problems: ran.plan.problems, failures: ran.outcome?.failures ?? [] }).toEqual({
    problems: [],
    failures: [],
  });
  expect((await up(world, stack)).changes).toEqual([]);
  return [...ran.changes];
}

function failure({ outcome }: Ran): string {
  const [first] = outcome?.failures ?? [];
  return [first?.message ?? "", ...(first?.evidence ?? [])].join("\n");
}

const since = (name: string): Promise<string> => out(`systemctl show --value -p InvocationID ${name}`);

/** Waits for what a run in the background comes to. */
async function until(script: string): Promise<void> {
  for (let turn = 0; turn < 3000; turn += 1) {
    if ((await host.sh(script)).code === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never came: ${script}`);
}

describe.skipIf(missing)("services on real hosts", () => {
  beforeAll(async () => {
    [[host], [bare]] = (await Promise.all([
      startHosts(["svc"], { aptLists: true }),
      startHosts(["svcbare"], { init: "none" }),
    ])) as [[Host], [Host]];
    folder = await mkdtemp(join(tmpdir(), "drover-services-"));
    const config = await sshConfig([host, bare], folder);
    world = { config, signal, secrets: (name) => (name === "TOKEN" ? "s3cret" : undefined) };
  }, 600_000);
  afterAll(async () => {
    await Promise.all([host?.[Symbol.asyncDispose](), bare?.[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  });

  describe("units, drop-ins, and services that run with them", () => {
    const app = (seconds: number) =>
      unit("app.service", {
        Unit: { Description: "App" },
        Service: { ExecStart: `/bin/sleep ${seconds}` },
        Install: { WantedBy: "multi-user.target" },
      });
    const instance = unit("worker@.service", {
      Service: { ExecStart: "/bin/sleep 100%i", Type: "exec" },
      Install: { WantedBy: "multi-user.target" },
    });
    const limits = (files: number) => dropIn("app.service", "limits", { Service: { LimitNOFILE: files } });
    const all = (seconds: number, files: number): DeclaredInput[] => [
      app(seconds),
      instance,
      limits(files),
      service("app"),
      service("worker@1"),
    ];
    const files = (name: string): Promise<string> =>
      out(`awk '/^Max open files/ { print $4 }' /proc/$(systemctl show --value -p MainPID ${name})/limits`);

    test("from nothing to all of it in one run, and systemd reads all units at once", async () => {
      const reloads = await out("journalctl --no-pager -q _PID=1 | grep -c 'Reloading\\.$' || true");
      const changes = await settled("svc-units", all(1000, 4096));
      expect(changes.sort()).toEqual([
        "create drop-in:app.service/limits",
        "create service:app",
        "create service:worker@1",
        "create unit:app.service",
        "create unit:worker@.service",
      ]);
      expect(await out("systemctl is-enabled app worker@1; systemctl is-active app worker@1")).toBe(
        "enabled\nenabled\nactive\nactive",
      );
      expect(await files("app")).toBe("4096");
      const now = await out("journalctl --no-pager -q _PID=1 | grep -c 'Reloading\\.$' || true");
      // Both units at once, the drop-in, and what enabling two services does by itself.
      expect(Number(now) - Number(reloads)).toBeLessThanOrEqual(4);
    });

    test("another unit or drop-in restarts what runs with it, and nothing else", async () => {
      const [before, worker] = [await since("app"), await since("worker@1")];
      expect(await settled("svc-units", all(1000, 2048))).toEqual([
        "update drop-in:app.service/limits",
        "update service:app",
      ]);
      expect(await files("app")).toBe("2048");
      expect(await settled("svc-units", all(1001, 2048))).toEqual(["update unit:app.service", "update service:app"]);
      expect(await out("systemctl show --value -p ExecStart app")).toContain("1001");
      expect(await since("app")).not.toBe(before);
      expect(await since("worker@1")).toBe(worker);
    });

    test("drift is put right: a file changed by hand, a unit that systemd has not read again", async () => {
      await settled("svc-units", all(1001, 2048));
      await out("echo '# by hand' >>/etc/systemd/system/app.service");
      expect(await settled("svc-units", all(1001, 2048))).toEqual(["update unit:app.service"]);
      await out("touch -d tomorrow /etc/systemd/system/worker@.service");
      expect(await out("systemctl show --value -p NeedDaemonReload worker@1")).toBe("yes");
      expect(await settled("svc-units", all(1001, 2048))).toEqual(["update unit:worker@.service"]);
      expect(await out("systemctl show --value -p NeedDaemonReload worker@1")).toBe("no");
    });

    test("a drop-in that leaves takes its setting with it: the service restarts after it", async () => {
      const changes = await settled("svc-units", [app(1001), service("app")]);
      expect(changes).toContain("delete drop-in:app.service/limits");
      expect(changes.indexOf("update service:app")).toBeGreaterThan(
        changes.indexOf("delete drop-in:app.service/limits"),
      );
      expect(await files("app")).not.toBe("2048");
      expect(await out("systemctl is-active worker@1 || true")).toBe("inactive");
      expect(await out("ls /etc/systemd/system/multi-user.target.wants | grep worker || echo none")).toBe("none");
    });

    test("a unit that systemd would not understand does not take its place", async () => {
      const before = await out("cat /etc/systemd/system/app.service");
      for (const [content, words] of [
        [{ Service: { ExecStart: "/bin/sleep 1", Restrat: "always" } }, "Restrat"],
        [{ Service: { Type: "oneshot" } }, "Refusing"],
        [{ text: "[Service]\nExecStart=/bin/true 'open\n" }, "quoting"],
      ] as const) {
        const ran = await up(world, stackOf(world, "svc-units", { svc: [unit("app.service", content)] }), [
          "unit:app.service",
        ]);
        expect(failure(ran)).toContain(words);
        expect(await out("cat /etc/systemd/system/app.service")).toBe(before);
      }
      const bad = dropIn("app.service", "bad", { Service: { LimitNOFILE: "many" } });
      const ran = await up(world, stackOf(world, "svc-bad", { svc: [bad] }));
      expect(failure(ran)).toContain("Failed to parse");
      // What is not there yet is no fault of the unit.
      const later = unit("later.service", { Unit: { Requires: "none.service" }, Service: { ExecStart: "/srv/none" } });
      expect(await settled("svc-later", [later])).toEqual(["create unit:later.service"]);
      expect(await settled("svc-later", [])).toEqual(["delete unit:later.service"]);
    });

    test("what leaves the file is stopped, disabled and gone", async () => {
      await settled("svc-units", []);
      expect(await out("systemctl show --value -p LoadState -p ActiveState app.service")).toBe("not-found\ninactive");
      expect(
        await out("ls -A /etc/systemd/system /etc/systemd/system/*.wants | grep -c 'app.service$\\|drover' || true"),
      ).toBe("0");
    });
  });

  describe("restart as state", () => {
    const gate = unit("gate.service", {
      // Holds the run up between the file and the service, for as long as the test wants.
      Service: {
        Type: "oneshot",
        RemainAfterExit: true,
        ExecStart: "/bin/sh -c 'while [ -e /run/hold ]; do sleep 0.1; done'",
      },
    });
    const served = (text: string): DeclaredInput[] => [
      gate,
      unit("serve.service", {
        Service: { ExecStart: "/bin/sh -c 'cat /etc/serve.conf >/run/served; exec sleep 1000'" },
      }),
      file("/etc/serve.conf", { content: text }),
      service("gate", { follows: ["file:/etc/serve.conf"], enabled: false }),
      service("serve", { follows: ["file:/etc/serve.conf"] }, { needs: ["service:gate"] }),
    ];

    test("a run killed between the file's write and the restart: the next one restarts", async () => {
      await settled("svc-serve", served("one\n"));
      expect(await out("cat /run/served")).toBe("one");
      const before = await since("serve");
      await out("touch /run/hold");
      const cut = up(world, stackOf(world, "svc-serve", { svc: served("two\n") }));
      await until("grep -q two /etc/serve.conf && systemctl show --value -p ActiveState gate | grep -q activating");
      await out(
        "for pid in $(cat /var/lib/drover/runs/*/pid | cut -d' ' -f1); do kill -9 $pid 2>/dev/null; done; rm /run/hold",
      );
      expect((await cut.catch((error: unknown) => ({ outcome: { ok: false, error } }))).outcome?.ok).toBe(false);
      expect(await since("serve")).toBe(before);
      expect(await out("cat /run/served")).toBe("one");
      const changes = await settled("svc-serve", served("two\n"));
      expect(changes).toContain("update service:serve");
      expect(changes).not.toContain("update file:/etc/serve.conf");
      expect(await out("cat /run/served")).toBe("two");
    });

    test("what others started with all that it follows goes on as it is; a reload by hand counts, too", async () => {
      const conf = file("/etc/theirs.conf", { content: "one\n" });
      const all = [conf, service("theirs", { follows: ["file:/etc/theirs.conf", "package:sudo"], reload: true })];
      await settled("svc-theirs", [conf, pkg("sudo")]);
      await out(
        "printf '[Service]\\nExecStart=/bin/sleep 1000\\nExecReload=/bin/true\\n' >/etc/systemd/system/theirs.service; " +
          "sleep 0.1; systemctl daemon-reload; systemctl start theirs",
      );
      const before = await since("theirs");
      expect(await settled("svc-theirs", [...all, pkg("sudo")])).toEqual([]);
      // Newer than its start, whatever is in it; the reload is newer still.
      await out(
        "sleep 0.1; chmod 600 /etc/theirs.conf; chmod 644 /etc/theirs.conf; sleep 0.1; systemctl reload theirs",
      );
      expect(await settled("svc-theirs", [...all, pkg("sudo")])).toEqual([]);
      await out("sleep 0.1; chmod 600 /etc/theirs.conf; chmod 644 /etc/theirs.conf");
      expect(await settled("svc-theirs", [...all, pkg("sudo")])).toEqual(["update service:theirs"]);
      expect(await since("theirs")).toBe(before);
      await out("systemctl stop theirs; rm /etc/systemd/system/theirs.service");
    });

    test("a package that it follows, whose version nobody knows before", async () => {
      const cron = (): DeclaredInput[] => [pkg("cron"), service("cron", { follows: ["package:cron"], reload: false })];
      expect(await settled("svc-cron", cron())).toEqual(["create package:cron", "create service:cron"]);
    });
  });

  describe("the states that systemd knows", () => {
    test("masked: disabled, stopped and masked; unmasked before it starts; a mask of ours goes", async () => {
      await settled("svc-mask", [pkg("cron"), service("cron", { masked: true })]);
      expect(await out("systemctl is-enabled cron || true; systemctl is-active cron || true")).toBe("masked\ninactive");
      await settled("svc-mask", [pkg("cron"), service("cron")]);
      expect(await out("systemctl is-enabled cron; systemctl is-active cron")).toBe("enabled\nactive");
      await settled("svc-mask2", [service("not-there-yet", { masked: true })]);
      expect(await out("readlink /etc/systemd/system/not-there-yet.service")).toBe("/dev/null");
      await settled("svc-mask2", []);
      expect(await out("test ! -L /etc/systemd/system/not-there-yet.service && echo gone")).toBe("gone");
    });

    test("a mask over a unit's own file, or an alias, is refused with the reason", async () => {
      await out(
        "printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/real.service; systemctl daemon-reload",
      );
      const ran = await up(world, stackOf(world, "svc-real", { svc: [service("real", { masked: true })] }));
      expect(ran.plan.problems[0]?.message).toContain("is a unit file");
      const alias = await up(world, stackOf(world, "svc-real", { svc: [service("sshd", { masked: true })] }));
      expect(alias.plan.problems[0]?.message).toContain("ssh.service");
    });

    test("linked from elsewhere, enabled until the reboot, masked until the reboot, static", async () => {
      await out(
        "mkdir -p /opt/l; printf '[Service]\\nExecStart=/bin/sleep 999\\n[Install]\\nWantedBy=multi-user.target\\n' >/opt/l/linked.service; cp /opt/l/linked.service /etc/systemd/system/short.service; systemctl daemon-reload; systemctl link -q /opt/l/linked.service; systemctl enable -q --runtime short",
      );
      await settled("svc-states", [service("linked"), service("short")]);
      expect(await out("systemctl is-enabled linked short")).toBe("enabled\nenabled");
      await settled("svc-states", [
        service("linked", { enabled: false, running: false }),
        service("short", { enabled: false, running: false }),
      ]);
      expect(await out("systemctl is-enabled linked short || true")).toBe("linked\ndisabled");
      await out("systemctl mask -q --now --runtime e2scrub_all.timer");
      await settled("svc-masked", [service("e2scrub_all.timer")]);
      expect(await out("systemctl is-active e2scrub_all.timer")).toBe("active");
      // Nothing enables it by itself, and that is fine.
      expect(await settled("svc-static", [service("systemd-journald")])).toEqual([]);
    });

    test("one that failed too often just now starts again", async () => {
      const unitOf = (run: string) => unit("often.service", { Service: { ExecStart: run, Restart: "no" } });
      const failing = [unitOf("/bin/sh -c 'test -e /run/often || exit 1; exec sleep 1000'"), service("often")];
      const broken = await up(world, stackOf(world, "svc-often", { svc: failing }));
      expect(broken.outcome?.ok).toBe(false);
      await out("for n in 1 2 3 4 5 6 7; do systemctl start often || true; sleep 0.2; done; touch /run/often");
      expect(await out("systemctl start often 2>&1 || journalctl -q --no-pager -n 5 -u often")).toContain(
        "too quickly",
      );
      await settled("svc-often", failing);
      expect(await out("systemctl is-active often")).toBe("active");
    });
  });

  describe("scheduled work", () => {
    const backup = (calendar: string): DeclaredInput =>
      timer("backup", {
        calendar,
        persistent: true,
        run: ["/usr/bin/printf", "%s|%s|%s\\n", "100%", "it's $HOME", 'a "b" \\ ;'],
        user: "daemon",
      });

    test("a timer by the calendar: a new time counts, what it runs gets its words as they are", async () => {
      expect(await settled("svc-timer", [backup("*-*-* 03:15")])).toEqual(["create timer:backup"]);
      expect(await out("systemctl is-enabled backup.timer; systemctl is-active backup.timer")).toBe("enabled\nactive");
      const next = (): Promise<string> => out("systemctl show --value -p NextElapseUSecRealtime backup.timer");
      expect(await next()).toContain(" 03:15:00");
      await out("systemctl start backup.service");
      expect(await out("journalctl -q --no-pager -o cat -u backup.service | grep 100")).toBe(
        '100%|it\'s $HOME|a "b" \\ ;',
      );
      expect(await settled("svc-timer", [backup("*-*-* 04:20")])).toEqual(["update timer:backup"]);
      expect(await next()).toContain(" 04:20:00");
    });

    test("a time that systemd does not know is refused, and the old one stays", async () => {
      const ran = await up(world, stackOf(world, "svc-timer", { svc: [backup("every monday")] }));
      expect(failure(ran)).toContain("every monday");
      expect(await out("cat /etc/systemd/system/backup.timer")).toContain("04:20");
      const fresh = await up(
        world,
        stackOf(world, "svc-fresh", { svc: [timer("fresh", { calendar: "x", run: ["true"] })] }),
      );
      expect(fresh.outcome?.ok).toBe(false);
      expect(await out("ls /etc/systemd/system | grep fresh || echo none")).toBe("none");
    });

    test("switched off by hand it comes back; it starts a unit in place of its own; gone it leaves nothing", async () => {
      await settled("svc-timer", [backup("*-*-* 04:20")]);
      await out("systemctl disable -q --now backup.timer");
      expect(await settled("svc-timer", [backup("*-*-* 04:20")])).toEqual(["update timer:backup"]);
      const job = unit("job.service", { Service: { Type: "oneshot", ExecStart: "/bin/touch /run/ran" } });
      await settled("svc-timer", [job, timer("backup", { every: "1s", unit: "job.service" })]);
      await until("test -e /run/ran");
      expect(await out("ls /etc/systemd/system | grep backup")).toBe("backup.timer");
      await settled("svc-timer", []);
      expect(await out("systemctl list-timers --all --no-legend | grep -c ' backup.timer' || true")).toBe("0");
      expect(
        await out("ls /etc/systemd/system /etc/systemd/system/timers.target.wants | grep -c '^backup\\|^job' || true"),
      ).toBe("0");
    });

    test("a job of cron runs within its minute, as its user, with its variables and its percent signs", async () => {
      const job = cron("report", {
        schedule: "* * * * *",
        run: ["/bin/sh", "-c", 'printf "%s %s\\n" "$(id -un)" "$WORD" >/var/tmp/report; date +%Y >>/var/tmp/report'],
        user: "daemon",
        env: { WORD: secret("TOKEN") },
      });
      await settled("svc-cronjob", [pkg("cron"), job]);
      expect(await out("stat -c '%a %U' /etc/cron.d/report; ls -A /etc/cron.d | grep -c drover || true")).toBe(
        "600 root\n0",
      );
      await until("grep -q '^20[0-9][0-9]$' /var/tmp/report 2>/dev/null");
      expect(await out("head -n 1 /var/tmp/report")).toBe("daemon s3cret");
      await out("echo '# by hand' >>/etc/cron.d/report");
      expect(await settled("svc-cronjob", [pkg("cron"), job])).toEqual(["update cron:report"]);
      await settled("svc-cronjob", [pkg("cron")]);
      expect(await out("ls /etc/cron.d | grep report || echo none")).toBe("none");
    });

    test("logs rotate as it says; what logrotate does not understand does not take its place", async () => {
      const logs = (size: string): DeclaredInput[] => [
        pkg("logrotate"),
        logrotate("app", { paths: "/var/log/app/*.log", keep: 2, size, compress: true, after: ["touch /run/rotated"] }),
      ];
      await settled("svc-logs", logs("1k"));
      await out("mkdir -p /var/log/app; head -c 5000 /dev/zero >/var/log/app/a.log; logrotate /etc/logrotate.d/app");
      expect(await out("ls /var/log/app /run/rotated | grep -v :")).toContain("a.log.1.gz");
      const wrong = logrotate("app", {
        paths: "/var/log/app/*.log",
        create: { mode: "640", owner: "nobody-here", group: "adm" },
      });
      const ran = await up(world, stackOf(world, "svc-logs", { svc: [pkg("logrotate"), wrong] }));
      expect(failure(ran)).toContain("nobody-here");
      expect(await settled("svc-logs", logs("1k"))).toEqual([]);
      await settled("svc-logs", [pkg("logrotate")]);
      expect(await out("ls /etc/logrotate.d | grep -c '^app$' || true")).toBe("0");
    });

    test("variables come with the next login, beside those of others", async () => {
      await out("printf 'FOREIGN=1\\nexport TOLD=\"by hand\"' >>/etc/environment");
      await settled("svc-env", environmentVariables({ JAVA_HOME: "/opt/a b", WORDS: 'it\'s "$HOME" 100%' }));
      const told = "su - daemon -s /bin/sh -c 'echo \"$FOREIGN|$TOLD|$JAVA_HOME|$WORDS\"'";
      expect(await out(told)).toBe('1|by hand|/opt/a b|it\'s "$HOME" 100%');
      const foreign = await up(world, stackOf(world, "svc-env2", { svc: environmentVariables({ TOLD: "x" }) }));
      expect(foreign.plan.problems[0]?.code).toBe("FOREIGN");
      await out("sed -i 's/^JAVA_HOME.*/JAVA_HOME=other/' /etc/environment");
      expect(await settled("svc-env", environmentVariables({ JAVA_HOME: "/opt/b" }))).toEqual([
        "update environment:JAVA_HOME",
        "delete environment:WORDS",
      ]);
      await settled("svc-env", []);
      expect(await out(told)).toBe("1|by hand||");
    });

    test("limits come with the next login", async () => {
      const given = [
        user("limited", { shell: "/bin/sh" }),
        limits("limited", { domain: "limited", both: { nofile: 512 }, soft: { core: 0 } }),
      ];
      await settled("svc-limits", given);
      expect(await out("su - limited -c 'ulimit -Sn; ulimit -Hn; ulimit -Sc'")).toBe("512\n512\n0");
      await settled("svc-limits", given.slice(0, 1));
      expect(await out("ls /etc/security/limits.d | grep limited || echo none")).toBe("none");
    });
  });

  test("where systemd does not run, units are refused and nothing is written", async () => {
    const stack = stackOf(world, "svc-bare", {
      svcbare: [
        unit("app.service", { Service: { ExecStart: "/bin/true" } }),
        dropIn("app.service", "x", { Unit: { Description: "x" } }),
        service("app", { masked: true }),
        timer("app", { calendar: "daily", run: ["/bin/true"] }),
      ],
    });
    const ran = await up(world, stack);
    expect(ran.plan.problems.map(({ message }) => message.replace(/.*: systemd/, "systemd")).sort()).toEqual([
      "systemd does not run on this machine",
      "systemd does not run on this machine, so that nothing would come of it",
      "systemd does not run on this machine, so that nothing would come of it",
      "systemd does not run on this machine, so that nothing would come of it",
    ]);
    expect(await out("ls /etc/systemd/system | grep app || echo none", bare)).toBe("none");
  });
});
