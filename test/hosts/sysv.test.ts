import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cron, type DeclaredInput, file, pkg, service } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { stackOf, up, type World } from "./world.ts";

const missing = await requirement("services of sysvinit", requireEngine);
const signal = AbortSignal.timeout(3_600_000);

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

const stack = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { sysv: resources });

/** Runs without trouble, and then has nothing more to do; gives what it changed. */
async function settled(id: string, resources: DeclaredInput[]): Promise<string[]> {
  const ran = await up(world, stack(id, resources));
  expect({ problems: ran.plan.problems, failures: ran.outcome?.failures ?? [] }).toEqual({
    problems: [],
    failures: [],
  });
  expect((await up(world, stack(id, resources))).changes).toEqual([]);
  return [...ran.changes];
}

/** Waits for what comes of something in the background. */
async function until(script: string): Promise<void> {
  await expect.poll(async () => (await host.sh(script)).code, { timeout: 180_000, interval: 200 }).toBe(0);
}

interface Words {
  readonly pidFile?: string;
  readonly status?: string;
  readonly start?: string;
}

/** An init script with a header as Debian's have one. It starts a daemon that has its configuration's bytes, and says what it was told. */
function script(name: string, words: Words = {}): DeclaredInput {
  const pidFile = `--pidfile ${words.pidFile ?? `/run/${name}.pid`}`;
  const daemon = `start-stop-daemon --start --oknodo --background --make-pidfile ${pidFile} --exec /usr/bin/perl -- -e 'sleep 10000'`;
  const end = `start-stop-daemon --stop --oknodo --retry 5 --remove-pidfile ${pidFile}`;
  const {
    status = `start-stop-daemon --status ${pidFile}`,
    start = `cat /etc/${name}.conf >/run/${name}.conf; ${daemon}`,
  } = words;
  const content = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
### END INIT INFO
case "$1" in start|stop|restart|reload) echo "$1" >>/run/${name}.told ;; esac
case "$1" in
  start) ${start} ;;
  stop) ${end} ;;
  restart) ${end}; touch /run/${name}.between; while [ -e /run/${name}.hold ]; do sleep 0.1; done; rm -f /run/${name}.between; ${start} ;;
  reload) cat /etc/${name}.conf >/run/${name}.conf ;;
${status === "" ? "" : `  status) ${status} ;;\n`}  *) echo "Usage: $0 {start|stop|restart|reload}" >&2; exit 2 ;;
esac
`;
  return file(`/etc/init.d/${name}`, { content, mode: "0755" });
}

const conf = (name: string, text: string): DeclaredInput => file(`/etc/${name}.conf`, { content: `${text}\n` });
const links = (name: string) => out(`cd /etc; ls -d rc?.d/[SK]??${name} | sed 's/[0-9][0-9]${name}//' | tr '\n' ' '`);
const told = (name: string) => out(`tr '\n' ' ' </run/${name}.told; : >/run/${name}.told`);

describe.skipIf(missing)("services of sysvinit", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["sysv"], { init: "sysv", aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-sysv-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const app = (text: string, more: Parameters<typeof service>[1] = {}): DeclaredInput[] => [
    script("app"),
    conf("app", text),
    service("app", { follows: ["file:/etc/app.conf"], ...more }),
  ];

  test("a script, its configuration and its service in one run: linked, started once, and then nothing", async () => {
    expect(await settled("sv", app("one"))).toEqual([
      "create file:/etc/init.d/app",
      "create file:/etc/app.conf",
      "create service:app",
    ]);
    expect(await links("app")).toBe("rc0.d/K rc1.d/K rc2.d/S rc3.d/S rc4.d/S rc5.d/S rc6.d/K");
    expect(await out("cat /run/app.conf; service app status; echo $?")).toBe("one\n0");
    expect(await told("app")).toBe("restart");
    // As init would have started it, and what insserv wrote is for everybody to read.
    expect(
      await out("sed -n 's/^Umask:\t//p' /proc/$(cat /run/app.pid)/status; stat -c %a /etc/init.d/.depend.start"),
    ).toBe("0022\n644");
  });

  test("another configuration restarts it, or reloads it where that is enough", async () => {
    const pid = await out("cat /run/app.pid");
    expect(await settled("sv", app("two"))).toEqual(["update file:/etc/app.conf", "update service:app"]);
    expect(await out("cat /run/app.conf")).toBe("two");
    expect(await told("app")).toBe("restart");
    const next = await out("cat /run/app.pid");
    expect(next).not.toBe(pid);
    expect(await settled("sv", app("three", { reload: true }))).toContain("update service:app");
    expect([await told("app"), await out("cat /run/app.conf /run/app.pid")]).toEqual(["reload", `three\n${next}`]);
  });

  test("what was stopped, killed, or switched off by hand is put right, and nothing is started twice", async () => {
    const daemons = () => out("pgrep -fc '[p]erl -e sleep 10000' || true");
    for (const drift of ["service app stop", "pkill -KILL -f '[p]erl -e sleep'", "update-rc.d app disable"]) {
      await out(`${drift}; : >/run/app.told`);
      expect([drift, await settled("sv", app("three", { reload: true }))]).toEqual([drift, ["update service:app"]]);
      expect([drift, await daemons()]).toEqual([drift, "1"]);
    }
    expect(await told("app")).toBe("");
  });

  test("enabled is what this machine's boot goes by: another runlevel's link, or one outside of insserv's order, is not enough", async () => {
    await out("update-rc.d app disable 2");
    expect(await links("app")).toContain("rc2.d/K rc3.d/S");
    const ran = await up(world, stack("sv", app("three", { reload: true })));
    expect(ran.plan.hosts[0]?.changes.map(({ diff }) => diff)).toEqual([
      [{ path: "enabled", from: "partial", to: "enabled" }],
    ]);
    expect(ran.outcome?.failures).toEqual([]);
    expect(await links("app")).toContain("rc2.d/S rc3.d/S");
    await out(
      "sed -i 's/^TARGETS = \\(.*\\) app\\b/TARGETS = \\1/; s/^TARGETS = app\\b/TARGETS =/' /etc/init.d/.depend.start",
    );
    expect(await settled("sv", app("three", { reload: true }))).toEqual(["update service:app"]);
    expect(await out("grep -c '^TARGETS.*\\bapp\\b' /etc/init.d/.depend.start")).toBe("1");
  });

  test("after a boot what is enabled is up, and what is disabled is not, though it ran", async () => {
    const both = [
      ...app("three", { reload: true }),
      script("idle"),
      conf("idle", "x"),
      service("idle", { enabled: false, running: true }),
    ];
    await settled("sv", both);
    expect(await links("idle")).toBe("rc0.d/K rc1.d/K rc2.d/K rc3.d/K rc4.d/K rc5.d/K rc6.d/K");
    expect(await out("service idle status; echo $?")).toBe("0");
    await host.reboot();
    expect(await out("service app status; echo $?; service idle status; echo $?")).toMatch(/^0\n[134]$/);
    expect(await settled("sv", both)).toEqual(["update service:idle"]);
    const off = [...app("three", { running: false, enabled: false }), script("idle"), conf("idle", "x")];
    expect((await settled("sv", off)).sort()).toEqual(["delete service:idle", "update service:app"]);
    await host.reboot();
    expect(await out("service app status >/dev/null || service idle status >/dev/null || echo down")).toBe("down");
    await settled("sv", app("three"));
  });

  test("a run killed between stop and start: the next one starts it, with what is configured now", async () => {
    await out("touch /run/app.hold");
    const cut = up(world, stack("sv", app("four")));
    await until("test -e /run/app.between");
    await out(
      "for pid in $(cat /var/lib/drover/runs/*/pid | cut -d' ' -f1); do kill -9 $pid 2>/dev/null; done; pkill -9 -f '[i]nit.d/app restart'; rm /run/app.hold",
    );
    expect((await cut.catch((error: unknown) => ({ outcome: { ok: false, error } }))).outcome?.ok).toBe(false);
    expect(await out("cat /run/app.conf; service app status >/dev/null || echo down")).toBe("three\ndown");
    expect(await settled("sv", app("four"))).toEqual(["update service:app"]);
    expect(await out("cat /run/app.conf; service app status; echo $?")).toBe("four\n0");
    // Killed after the start, before it is written down with which configuration: it restarts once more.
    await out("rm /var/lib/drover/services/app");
    expect(await settled("sv", app("four"))).toEqual(["update service:app"]);
  });

  describe("scripts that do not tell the truth", () => {
    const odd = (name: string, words: Words): DeclaredInput[] => [
      script(name, words),
      conf(name, "x"),
      service(name, {}),
    ];
    const why = async (name: string, words: Words): Promise<string> => {
      const files = [script(name, words), conf(name, "x")];
      await settled(`sv-${name}`, files);
      const { plan } = await up(world, stack(`sv-${name}`, odd(name, words)));
      await settled(`sv-${name}`, []);
      return plan.problems.map(({ message }) => message).join();
    };

    test("ends well, and says in words that it does not run", async () => {
      const status =
        "start-stop-daemon --status --pidfile /run/odd.pid && echo odd is running || echo odd is not running";
      await settled("sv-odd", odd("odd", { status }));
      await out("service odd stop; : >/run/odd.told");
      expect(await settled("sv-odd", odd("odd", { status }))).toEqual(["update service:odd"]);
      expect(await told("odd")).toBe("start");
    });

    test("has no status: its pid file tells, and where there is none nobody can, which is said before anything is done", async () => {
      await settled("sv-odd", odd("odd", { status: "" }));
      await out("kill $(cat /run/odd.pid); sleep 0.3; : >/run/odd.told");
      expect(await settled("sv-odd", odd("odd", { status: "" }))).toEqual(["update service:odd"]);
      expect(await told("odd")).toBe("start");
      await settled("sv-odd", []);
      expect(await why("mute", { status: "", pidFile: "/srv/mute" })).toContain(
        "/etc/init.d/mute has no status and names no pid file",
      );
      // Who knows what it does with a word that it does not know: it is not even asked.
      expect(await out("ls /run/mute.told 2>/dev/null || true")).toBe("");
    });

    test("its status hangs, or ends with what means nothing", async () => {
      expect(await why("four", { status: "exit 4" })).toContain("the status of /etc/init.d/four ends with 4");
      expect(await why("hung", { status: "sleep 60" })).toContain("the status of /etc/init.d/hung does not end");
    });

    test("starts nothing, prints nothing and ends well: the run fails, and tells what the status says", async () => {
      const status = 'echo "off is disabled in /etc/default/off"; exit 3';
      const ran = await up(world, stack("sv-off", odd("off", { status, start: "exit 0" })));
      const [failure] = ran.outcome?.failures ?? [];
      expect(failure?.message).toContain("service-steady:off");
      expect(failure?.evidence.join("\n")).toMatch(/off is disabled in \/etc\/default\/off\n.*ended with 3/);
    });
  });

  test("a package that must not start anything does not, neither now nor at boot, and neither does its script from elsewhere", async () => {
    const quiet = [pkg("cron", { start: false }), pkg("rsyslog", { start: false })];
    await settled("sv-cron", quiet);
    const state = "pgrep -x cron; pgrep -x rsyslogd; ls /etc/rc2.d | grep -E '^S..(cron|rsyslog)$'; true";
    expect(await out(state)).toBe("");
    expect(await out("ls /etc/init.d/rsyslog; dpkg -S /etc/init.d/rsyslog || true")).toBe("/etc/init.d/rsyslog");
    await host.reboot();
    expect(await out(state)).toBe("");
  });

  test("what denies the starts ends with the run, also one that is killed, and somebody's own policy is kept", async () => {
    const policy = "/usr/sbin/policy-rc.d";
    await out(
      `printf '#!/bin/sh\nexit 7\n' >${policy}; chmod 755 ${policy}; cp -p ${policy} /root/theirs; touch /run/hold`,
    );
    await out(
      "echo 'DPkg::Pre-Invoke { \"while [ -e /run/hold ]; do sleep 0.1; done\"; };' >/etc/apt/apt.conf.d/99hold",
    );
    const at = [pkg("at", { start: false })];
    const cut = up(world, stack("sv-at", at));
    await until(`${policy} atd start; test $? = 101`);
    await out(
      "for pid in $(cat /var/lib/drover/runs/*/pid | cut -d' ' -f1); do kill -9 $pid 2>/dev/null; done; pkill -9 -f '[a]pt-get.*install'; rm /run/hold",
    );
    expect((await cut.catch((error: unknown) => ({ outcome: { ok: false, error } }))).outcome?.ok).toBe(false);
    expect(await out(`${policy} atd start; echo $?`)).toBe("7");
    await settled("sv-at", at);
    expect(
      await out(`cmp ${policy} /root/theirs && ls ${policy}*; pgrep -x atd; rm ${policy} /etc/apt/apt.conf.d/99hold`),
    ).toBe(policy);
    await settled("sv-at", []);
  });

  test("a package's service that is wanted off goes off in the same run, and one that is wanted runs cron's jobs", async () => {
    await settled("sv-cron", []);
    const off = [pkg("cron"), service("cron", { enabled: false, running: false }, { needs: ["package:cron"] })];
    expect(await settled("sv-cron", off)).toEqual(["create package:cron", "create service:cron"]);
    expect(await out("pgrep -x cron; ls /etc/rc2.d | grep -c 'S..cron$' || true")).toBe("0");
    const on = [
      pkg("cron"),
      service("cron", { follows: ["package:cron"] }),
      cron("tick", { schedule: "* * * * *", user: "root", command: "touch /run/ticked" }),
    ];
    await settled("sv-cron", on);
    await until("test -e /run/ticked");
    await host.reboot();
    await until("test -e /run/ticked");
    expect((await up(world, stack("sv-cron", on))).changes).toEqual([]);
  });

  test("a process of ours where no script is; with a script, that is what runs it", async () => {
    const own = service("own", { argv: ["/bin/sleep", "10001"] });
    expect((await up(world, stack("sv-own", [own]))).plan.hosts[0]?.changes[0]?.notes).toEqual([
      "nothing starts own with the machine: it has no init script",
    ]);
    expect((await up(world, stack("sv-own", [own]))).changes).toEqual([]);
    expect(await out("pgrep -fc '[s]leep 10001'")).toBe("1");
    await settled("sv-own", []);
    const more = { argv: ["/bin/sleep", "10002"], unit: "[Service]\nExecStart=/bin/sleep 10003\n" };
    expect(await settled("sv", app("four", more))).toEqual([]);
    expect(await out("pgrep -fc '[s]leep 1000[23]' || true")).toBe("0");
  });

  test("what leaves the file is switched off, and its script with it", async () => {
    expect((await settled("sv", [])).sort()).toEqual([
      "delete file:/etc/app.conf",
      "delete file:/etc/init.d/app",
      "delete service:app",
    ]);
    expect(await out("pgrep -fc '[p]erl -e sleep 10000' || true")).toBe("0");
  });
});
