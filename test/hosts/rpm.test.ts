import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import {
  aptPin,
  aptRepository,
  type DeclaredInput,
  debconf,
  file,
  pkg,
  service,
  unattendedUpgrades,
} from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { RPM_REPOSITORY } from "./rpm-repository.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("packages by dnf on a real host", requireEngine);
const signal = AbortSignal.timeout(900_000);
const fine = { problems: [], failures: [] };

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}${stdout}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const stack = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { rpmhost: resources });
const run = (id: string, resources: DeclaredInput[]): Promise<Ran> => up(world, stack(id, resources));
const problemsOf = ({ plan }: Ran): string => plan.problems.map(({ message }) => message).join("\n");
const diffOf = ({ plan }: Ran): unknown => plan.hosts[0]?.changes[0]?.diff;
const versionsOf = (name: string) => out(`rpm -q --qf '%{EPOCHNUM}:%{VERSION}-%{RELEASE} ' ${name} || true`);
/** dnf itself tells of every time it is started. */
const dnfLog = () => out("sha256sum </var/log/dnf.log; ls -l --time-style=full-iso /var/lib/rpm/rpmdb.sqlite");
const transactions = async () => Number(await out("dnf -C -q history list | grep -c '^ *[0-9]'"));

async function undo(id: string, resources: DeclaredInput[]) {
  await using drover = createDrover();
  const options = { signal, secrets: world.secrets, emit: () => undefined };
  const plan = await drover.planUndo(stack(id, resources), "rpmhost", undefined, options);
  if (plan.problems.length > 0) return { plan, failures: [] };
  const applied = await drover.apply(stack(id, resources), plan, { ...options, allowDelete: false, command: "undo" });
  return { plan, failures: applied.failures };
}

const PACKAGES = `set -e
for v in 1.0 2.0; do pack lab-tool 1:$v-1 'Requires: lab-lib\\nRecommends: lab-weak'; done
pack lab-lib 1-1; pack lab-weak 1-1; pack lab-more 1-1; pack lab-Upper_x 1-1 'Provides: lab-virtual'
for v in 1 2 3; do pack lab-slow $v-1 '' '' "%post\\nsleep $((v * 4 - 4))\\n"; done
pack lab-badpre 1-1 '' '' '%pre\\necho there is no way; exit 3\\n'
pack lab-badpost 1-1 '' '' '%post\\necho it went wrong; exit 3\\n'
for v in 1 2; do
  d=$(mktemp -d); mkdir -p $d/etc; echo $v >$d/etc/lab-kept.conf; echo $v >$d/etc/lab-plain.conf
  pack lab-conf $v-1 '' $d '%files\\n%config(noreplace) /etc/lab-kept.conf\\n%config /etc/lab-plain.conf\\n'
  pack lab-kernel $v-1 'Provides: installonlypkg(kernel)'
done
d=$(mktemp -d); mkdir -p $d/usr/lib/systemd/system
printf '[Service]\\nExecStart=/bin/sleep 1000000\\n[Install]\\nWantedBy=multi-user.target\\n' >$d/usr/lib/systemd/system/lab-daemon.service
pack lab-daemon 1-1 '' $d '%post\\nsystemctl preset lab-daemon.service\\nsystemctl start lab-daemon.service\\n'
ARCH=x86_64 pack lab-both 1-1; ARCH=i686 pack lab-both 1-1
mkdir -p /etc/systemd/system-preset; echo 'enable lab-daemon.service' >/etc/systemd/system-preset/00-lab.preset
publish; dnf -q makecache --refresh
`;

describe.skipIf(missing)("packages by dnf on a real host", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["rpmhost"], { packages: "rpm" })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-rpm-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    await out(RPM_REPOSITORY);
    await out(PACKAGES);
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("go in within one transaction, without what is only recommended; then dnf is not even started", async () => {
    const wanted = [pkg("lab-tool"), pkg("lab-more"), pkg("lab-Upper_x")];
    const before = await transactions();
    const ran = await run("rpm-one", wanted);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create package:lab-tool", "create package:lab-more", "create package:lab-Upper_x"]);
    expect(await transactions()).toBe(before + 1);
    expect(await versionsOf("lab-tool lab-lib")).toBe("1:2.0-1 0:1-1");
    expect(await out("rpm -q lab-weak || true")).toBe("package lab-weak is not installed");
    const log = await dnfLog();
    expect((await run("rpm-one", wanted)).changes).toEqual([]);
    expect(await dnfLog()).toBe(log);
  });

  test("at another version, back, with or without the epoch that is none; and not at one that cannot be had", async () => {
    const at = (version: string) =>
      run("rpm-one", [pkg("lab-tool", { version }), pkg("lab-lib", { version: "0:1-1" })]);
    const back = await at("1:1.0-1");
    expect(trouble(back)).toEqual(fine);
    expect(await versionsOf("lab-tool lab-lib")).toBe("1:1.0-1 0:1-1");
    expect((await at("1:1.0-1")).changes).toEqual([]);
    expect(trouble(await at("1:2.0-1"))).toEqual(fine);
    const before = await dnfLog();
    const refused = await at("1:3.0-1");
    expect(problemsOf(refused)).toBe(
      "package:lab-tool: version 1:3.0-1 cannot be had: what can be had is 1:2.0-1, 1:1.0-1",
    );
    expect(problemsOf(await at("2.0"))).toContain("version 2.0 cannot be had");
    expect(await dnfLog()).toBe(before);
    expect(await versionsOf("lab-tool")).toBe("1:2.0-1");
  });

  test("that came for another's sake is one's own from then on, and stays when the other goes", async () => {
    expect(await out("dnf -C -q repoquery --userinstalled --qf '%{name}'")).toContain("lab-lib");
    expect(trouble(await run("rpm-two", [pkg("lab-tool")]))).toEqual(fine);
    await out("dnf -q -y mark remove lab-lib");
    const ran = await run("rpm-one", [pkg("lab-lib")]);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.plan.hosts[0]?.changes.find(({ name }) => name === "lab-lib")?.diff).toEqual([
      { path: "mark", from: "auto", to: "manual" },
    ]);
    expect(trouble(await run("rpm-two", []))).toEqual(fine);
    // It was found by the first that named it, so it stays when that lets it go, too.
    expect(trouble(await run("rpm-one", []))).toEqual(fine);
    expect(await out("rpm -qa 'lab-*' --qf '%{NAME}\\n' | sort")).toBe("lab-base\nlab-lib");
  });

  test("leave with what came for their sake; what another needs stays, and that is said; what was found stays", async () => {
    await out("dnf -q -y remove lab-lib; dnf -q -y install lab-more");
    expect(trouble(await run("rpm-gone", [pkg("lab-tool"), pkg("lab-more")]))).toEqual(fine);
    await out("pack lab-needs 1-1 'Requires: lab-tool'; publish; dnf -q -y --refresh install lab-needs");
    const kept = await run("rpm-gone", []);
    expect(JSON.stringify(kept.outcome?.failures)).toContain("lab-tool is needed by (installed) lab-needs-1-1.noarch");
    await out("dnf -q -y remove --noautoremove lab-needs");
    expect(trouble(await run("rpm-gone", []))).toEqual(fine);
    expect(await out("rpm -qa 'lab-*' --qf '%{NAME}\\n' | sort")).toBe("lab-base\nlab-more");
  });

  test("on hold, at another version and still held, let go; without the plugin that is refused", async () => {
    const at = (version: string, hold?: boolean) =>
      run("rpm-hold", [pkg("lab-tool", hold === undefined ? { version } : { version, hold })]);
    expect(trouble(await at("1:1.0-1", true))).toEqual(fine);
    await out("dnf -q -y upgrade");
    expect(await versionsOf("lab-tool")).toBe("1:1.0-1");
    expect((await at("1:1.0-1", true)).changes).toEqual([]);
    expect(problemsOf(await at("1:2.0-1"))).toContain("is on hold at 1:1.0-1, and 1:2.0-1 is wanted");
    expect(trouble(await at("1:2.0-1", true))).toEqual(fine);
    expect(await out("dnf -C -q versionlock list; rpm -q lab-tool")).toBe("lab-tool-1:2.0-1.*\nlab-tool-2.0-1.noarch");
    const lifted = await at("1:2.0-1", false);
    expect(diffOf(lifted)).toEqual([{ path: "hold", from: "yes", to: "no" }]);
    expect(trouble(lifted)).toEqual(fine);
    expect(await out("dnf -C -q versionlock list")).toBe("");
    await out("sed -i 's/^enabled = 1/enabled = 0/' /etc/dnf/plugins/versionlock.conf");
    const refused = await at("1:2.0-1", true);
    expect(problemsOf(refused)).toBe("package:lab-tool cannot be held: dnf's plugin versionlock is not in use here");
    await out("sed -i 's/^enabled = 0/enabled = 1/' /etc/dnf/plugins/versionlock.conf");
    expect(trouble(await at("1:2.0-1", true))).toEqual(fine);
    expect(trouble(await run("rpm-hold", []))).toEqual(fine);
    expect(await out("cat /etc/dnf/plugins/versionlock.list | grep -v '^#' | grep -c . || true")).toBe("0");
  });

  test("whose services are not to start are neither started by their scripts nor enabled by a preset", async () => {
    const isOn = "systemctl is-enabled lab-daemon; systemctl is-active lab-daemon; true";
    const quiet = await run("rpm-quiet", [pkg("lab-daemon", { start: false })]);
    expect(trouble(quiet)).toEqual(fine);
    expect(await out(isOn)).toBe("disabled\ninactive");
    expect((await run("rpm-quiet", [pkg("lab-daemon", { start: false })])).changes).toEqual([]);
    await out("systemctl -q enable lab-daemon");
    const again = await run("rpm-quiet", [pkg("lab-daemon", { start: false })]);
    expect(diffOf(again)).toEqual([{ path: "services", from: "start with the machine", to: "do not start" }]);
    expect(trouble(again)).toEqual(fine);
    expect(trouble(await run("rpm-quiet", []))).toEqual(fine);
    // As the distribution has it: this one's preset enables it, and its script starts it.
    expect(trouble(await run("rpm-quiet", [pkg("lab-daemon")]))).toEqual(fine);
    expect(await out(isOn)).toBe("enabled\nactive");
    const started = [pkg("lab-daemon"), service("lab-daemon", { follows: ["package:lab-daemon"] })];
    const served = await run("rpm-quiet", started);
    expect(trouble(served)).toEqual(fine);
    expect((await run("rpm-quiet", started)).changes).toEqual([]);
    expect(trouble(await run("rpm-quiet", []))).toEqual(fine);
  });

  test("whose script fails: before its files it is not there, after them it is, and that is said", async () => {
    const before = await run("rpm-bad", [pkg("lab-badpre")]);
    expect(JSON.stringify(before.outcome?.failures)).toMatch(/there is no way.*prein.*scriptlet failed, exit status 3/);
    expect(await versionsOf("lab-badpre")).toContain("not installed");
    const after = await run("rpm-bad", [pkg("lab-badpost")]);
    expect(trouble(after)).toEqual(fine);
    expect(JSON.stringify(after.events)).toContain(
      "%post(lab-badpost-1-1.noarch) scriptlet failed, exit status 3: rpm takes the package as installed",
    );
    expect(trouble(await run("rpm-bad", []))).toEqual(fine);
  });

  test("that no repository has fail with dnf's own words, and one that has just come is found", async () => {
    const ran = await run("rpm-none", [pkg("lab-nothing")]);
    expect(JSON.stringify(ran.outcome?.failures)).toContain("Unable to find a match: lab-nothing");
    await out("pack lab-nothing 1-1; publish");
    expect(trouble(await run("rpm-none", [pkg("lab-nothing")]))).toEqual(fine);
    expect(trouble(await run("rpm-none", []))).toEqual(fine);
    await out("dnf -q -y install lab-Upper_x");
    expect(problemsOf(await run("rpm-none", [pkg("lab-virtual")]))).toContain(
      "only a name that lab-Upper_x provides: name that package",
    );
    expect(problemsOf(await run("rpm-none", [pkg("lab-more.noarch")]))).toContain("said with a colon");
  });

  test("come from a repository that the same run brings, also at a version that nobody knew of before", async () => {
    await out(
      "mkdir -p /srv/other; pack lab-other 1-1; mv /srv/repo/lab-other-* /srv/other; createrepo_c -q /srv/other",
    );
    const content = "[other]\nname=other\nbaseurl=file:///srv/other\ngpgcheck=0\n";
    const wanted = [
      file("/etc/yum.repos.d/other.repo", { content }),
      pkg("lab-other", { version: "1-1" }, { needs: ["file:/etc/yum.repos.d/other.repo"] }),
    ];
    expect(trouble(await run("rpm-other", wanted))).toEqual(fine);
    expect((await run("rpm-other", wanted)).changes).toEqual([]);
    expect(trouble(await run("rpm-other", []))).toEqual(fine);
  });

  test("keep configuration that was changed by hand, and that is said", async () => {
    expect(trouble(await run("rpm-conf", [pkg("lab-conf", { version: "1-1" })]))).toEqual(fine);
    await out("for f in kept plain; do echo mine >/etc/lab-$f.conf; done");
    const ran = await run("rpm-conf", [pkg("lab-conf", { version: "2-1" })]);
    expect(trouble(ran)).toEqual(fine);
    expect(await out("cd /etc; cat lab-kept.conf lab-plain.conf lab-kept.conf.rpmnew lab-plain.conf.rpmnew")).toBe(
      "mine\nmine\n2\n2",
    );
    for (const name of ["kept", "plain"])
      expect(JSON.stringify(ran.events)).toContain(`/etc/lab-${name}.conf was changed here and stays so`);
    const gone = await run("rpm-conf", []);
    expect(trouble(gone)).toEqual(fine);
    expect(await out("cat /etc/lab-kept.conf.rpmsave")).toBe("mine");
  });

  test("wait for whoever holds rpm's lock, and say who it is when that takes too long", async () => {
    const hold = (seconds: number) =>
      out(`rm -f /srv/held; cat >/srv/hold.py <<'END'
import fcntl, time
lock = open("/var/lib/rpm/.rpm.lock", "w"); fcntl.lockf(lock, fcntl.LOCK_EX)
open("/proc/self/comm", "w").write("someone"); open("/srv/held", "w").close(); time.sleep(${seconds})
END
systemd-run -q --unit lab-lock python3 /srv/hold.py; for i in $(seq 300); do [ ! -e /srv/held ] || exit 0; sleep 0.1; done; exit 1`);
    await hold(6);
    expect(trouble(await run("rpm-lock", [pkg("lab-more"), pkg("lab-weak")]))).toEqual(fine);
    expect(trouble(await run("rpm-lock", []))).toEqual(fine);
    await hold(600);
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => undefined };
    const wanted = stack("rpm-lock", [pkg("lab-weak")]);
    const plan = await drover.plan(wanted, options);
    // As planned, but for the limit: nobody waits ten minutes here.
    const hosts = plan.hosts.map((one) => ({
      ...one,
      changes: one.changes.map((change) => ({
        ...change,
        steps: change.steps.map((step) => (step.kind === "wait" ? { ...step, within: 3 } : step)),
      })),
    }));
    const outcome = await drover.apply(
      wanted,
      { ...plan, hosts },
      { ...options, allowDelete: false, command: "up", only: [] },
    );
    expect(outcome.failures.map((failure) => failure.message).join()).toMatch(
      /dnf or rpm is in use by something else within 3 s \(busy by=someone\[\d+\]\)/,
    );
    await out("systemctl stop lab-lock");
  });

  test("of a transaction that was cut off are made whole, and then brought to the version wanted", async () => {
    expect(trouble(await run("rpm-cut", [pkg("lab-slow", { version: "1-1" })]))).toEqual(fine);
    await out(`systemd-run -q --unit lab-cut dnf -y install lab-slow-3-1
for i in $(seq 300); do [ "$(rpm -q lab-slow | wc -l)" != 2 ] || break; sleep 0.1; done
systemctl kill -s KILL lab-cut; while systemctl is-active -q lab-cut; do sleep 0.1; done; test "$(rpm -q lab-slow | wc -l)" = 2`);
    const ran = await run("rpm-cut", [pkg("lab-slow", { version: "2-1" })]);
    expect(diffOf(ran)).toEqual([
      { path: "rpm", from: "interrupted", to: "finished" },
      { path: "version", from: "3-1 duplicate", to: "2-1" },
    ]);
    expect(trouble(ran)).toEqual(fine);
    expect(await out("rpm -q lab-slow; dnf -C -q check")).toBe("lab-slow-2-1.noarch");
    expect(trouble(await run("rpm-cut", []))).toEqual(fine);
  });

  test("that are there in several versions or architectures", async () => {
    await out("dnf -q -y install lab-kernel-1-1; dnf -q -y install lab-kernel-2-1");
    expect(await versionsOf("lab-kernel")).toBe("0:1-1 0:2-1");
    for (const version of ["1-1", "2-1"])
      expect((await run("rpm-kernel", [pkg("lab-kernel", { version })])).changes).toEqual([]);
    await out("pack lab-kernel 3-1 'Provides: installonlypkg(kernel)'; publish; dnf -q makecache --refresh");
    expect(problemsOf(await run("rpm-kernel", [pkg("lab-kernel", { version: "3-1" })]))).toContain(
      "3-1 would go in beside the versions that are there",
    );
    const both = [pkg("lab-both"), pkg("lab-both:i686")];
    expect(trouble(await run("rpm-both", both))).toEqual(fine);
    expect(await out("rpm -q lab-both | sort")).toBe("lab-both-1-1.i686\nlab-both-1-1.x86_64");
    expect((await run("rpm-both", both)).changes).toEqual([]);
    expect(trouble(await run("rpm-both", [pkg("lab-both")]))).toEqual(fine);
    expect(await out("rpm -q lab-both")).toBe("lab-both-1-1.x86_64");
  });

  test("what is apt's own is refused before anything is written", async () => {
    const key = "/usr/share/keyrings/lab.gpg";
    const ran = await run("rpm-apt", [
      file("/srv/first", { content: "x\n" }),
      aptRepository("lab", { uris: ["http://127.0.0.1"], suites: ["stable"], keyFile: key }),
      aptPin("lab", { packages: ["lab*"], pin: "version 1.*", priority: 990 }),
      debconf("lab", { "lab/x": "y" }),
      unattendedUpgrades(),
    ]);
    expect(ran.plan.problems.map(({ message }) => message)).toEqual(
      ["apt-repository:lab", "apt-pin:lab", "debconf:lab", "unattended-upgrades:main"].map(
        (id) => `${id} is apt's own, and packages are dnf's here`,
      ),
    );
    expect(await out("ls /srv/first 2>&1 || true")).toContain("No such file");
  });

  test("drift tells packages that came and files of packages that changed", async () => {
    await out("dnf -q -y install lab-conf");
    const wanted = [pkg("lab-tool", { version: "1:1.0-1" })];
    expect(trouble(await run("rpm-drift", wanted))).toEqual(fine);
    // The runner takes its inventory after it has told its end.
    await out("until grep -q 'package/lab-tool.*1:1.0-1' /var/lib/drover/inventory; do sleep 0.1; done; sleep 1.1");
    await out("dnf -q -y install lab-weak; dnf -q -y upgrade lab-tool; echo changed >/etc/lab-kept.conf");
    await using drover = createDrover();
    const [report] = await drover.drift(stack("rpm-drift", wanted), {
      signal,
      secrets: world.secrets,
      emit: () => undefined,
    });
    expect(report?.gaps).toEqual([]);
    expect(report?.managed.map(({ id, was, is }) => ({ id, was, is }))).toEqual([
      {
        id: "package:lab-tool",
        was: "installed version=1:1.0-1 status=ok mark=manual",
        is: "installed version=1:2.0-1 status=ok mark=manual",
      },
    ]);
    expect(report?.unmanaged).toContainEqual({ kind: "package", name: "lab-weak", is: "1-1" });
    expect(report?.unmanaged).toContainEqual({ kind: "package-file", name: "/etc/lab-kept.conf", is: "changed" });
  });

  test("undo goes back to the earlier version while it can be had, and says so before when it cannot", async () => {
    const at = (version: string) => [pkg("lab-tool", { version })];
    expect(trouble(await run("rpm-undo", at("1:1.0-1")))).toEqual(fine);
    expect(trouble(await run("rpm-undo", at("1:2.0-1")))).toEqual(fine);
    const back = await undo("rpm-undo", at("1:2.0-1"));
    expect(back.failures).toEqual([]);
    expect(changesOf(back.plan).map(({ action, name }) => `${action} ${name}`)).toEqual(["update lab-tool"]);
    expect(await versionsOf("lab-tool")).toBe("1:1.0-1");
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => undefined, lift: true };
    const lifted = await drover.plan(stack("rpm-undo", at("1:2.0-1")), options);
    await drover.apply(stack("rpm-undo", at("1:2.0-1")), lifted, { ...options, allowDelete: false, command: "up" });
    expect(await versionsOf("lab-tool")).toBe("1:2.0-1");
    await out("rm /srv/repo/lab-tool-1-1.0-1.*; publish; dnf -q makecache --refresh");
    const refused = await undo("rpm-undo", at("1:2.0-1"));
    expect(refused.plan.problems.map(({ message }) => message).join()).toMatch(
      /^package:lab-tool cannot go back to run \S+: version 1:1\.0-1 cannot be had: what can be had is 1:2\.0-1$/,
    );
    expect(await versionsOf("lab-tool")).toBe("1:2.0-1");
  });
});
