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
  pkg,
  secret,
  text,
  unattendedUpgrades,
} from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { REPOSITORY } from "./repository.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("packages on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);
const SECRET = 'it\'s $(secret) "text" %2a\\';
const URL = "http://127.0.0.1:8088";
const fine = { problems: [], failures: [] };

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const run = (id: string, resources: DeclaredInput[]): Promise<Ran> =>
  up(world, stackOf(world, id, { apthost: resources }));

describe.skipIf(missing)("packages on real hosts", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["apthost"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-packages-"));
    world = {
      config: await sshConfig([host], folder),
      signal,
      secrets: (name) => (name === "TOKEN" ? SECRET : undefined),
    };
    await out(REPOSITORY);
    await out("pack lab-tool 1:1.0-1; pack lab-tool 1:2.0-1; pack lab-more 1; publish stable; publish other");
    // Debian's own lists are long, and nothing here needs them.
    await out("mv /etc/apt/sources.list /srv; rm -f /var/lib/apt/lists/*_*; touch /var/lib/apt/lists");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  describe("a repository", () => {
    const lab = (fields: { key?: string; keyFile?: string }, suites = ["stable"], uris = [URL]): DeclaredInput =>
      aptRepository("lab", { uris, suites, ...fields });
    let key = "";

    test("and a package from it, from nothing, in one run", async () => {
      key = await out("cat /srv/lab.asc");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["create apt-repository:lab", "create package:lab-tool"]);
      const [change] = ran.plan.hosts[0]?.changes ?? [];
      const fingerprint = await out(
        "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^fpr/ {print $10; exit}'",
      );
      const end = await out(
        "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^pub/ {print $7}' | xargs -I{} date -u -d @{} +%F",
      );
      expect(change?.diff).toContainEqual({ path: "key", from: "", to: `${fingerprint}, expires ${end}` });
      expect(await out("dpkg-query -W -f '${Version}' lab-tool")).toBe("1:2.0-1");
      expect(await out("stat -c '%a %U' /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources")).toBe(
        "644 root\n644 root",
      );
      expect(
        await out("cmp /srv/lab.asc /etc/apt/keyrings/lab.asc; apt-get -q update 2>&1 | grep '^[WE]:' || true"),
      ).toBe("");
    });

    test("then there is nothing to do, however the key is given", async () => {
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
      const base64 = await out("cat /srv/lab.b64");
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key: base64 })])).changes).toEqual([]);
    });

    test("changed by hand, it is put right and fetched again", async () => {
      await out(
        "sed -i s/stable/other/ /etc/apt/sources.list.d/lab.sources; cat /srv/other.asc >/etc/apt/keyrings/lab.asc",
      );
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["update apt-repository:lab"]);
      expect(await out("apt-cache policy lab-tool")).toContain(`${URL} stable/main`);
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
    });

    test("cut off before its lists were fetched, the next run fetches them", async () => {
      await out("rm /var/lib/apt/lists/127.0.0.1:8088_dists_stable_InRelease");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(ran.changes).toEqual(["update apt-repository:lab"]);
      expect(trouble(ran)).toEqual(fine);
    });

    test("old lists of others stay old, and are fetched before a package goes in", async () => {
      await out("touch -d '3 days ago' /var/lib/apt/lists /var/lib/apt/lists/partial");
      expect(trouble(await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"])]))).toEqual(fine);
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")]);
      expect(ran.plan.hosts[0]?.changes[0]?.diff).toContainEqual({ path: "lists", from: "old", to: "updated" });
      expect(trouble(ran)).toEqual(fine);
    });

    test.each([
      ["of another key", () => ({ key: "other" }), ["stable"], "NO_PUBKEY"],
      ["that is not there", () => ({ key: "lab" }), ["nosuch"], "does not have a Release file"],
    ])("%s is taken back, and apt goes on with the former", async (_what, wanted, suites, why) => {
      const given = await out(`cat /srv/${wanted().key}.asc`);
      const before = await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key: given }, suites), pkg("lab-more")]);
      expect(JSON.stringify(ran.outcome?.failures)).toContain(why);
      expect(await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum")).toBe(before);
      expect(await out("apt-get -q update 2>&1 | grep '^[WE]:' || true")).toBe("");
      expect(
        (await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")])).changes,
      ).toEqual([]);
    });

    test("that apt refuses from the start leaves nothing behind", async () => {
      const ran = await run("apt-new", [aptRepository("bad", { uris: [URL], suites: ["nosuch"], key })]);
      expect(ran.outcome?.failures).toHaveLength(1);
      expect(await out("ls /etc/apt/sources.list.d /etc/apt/keyrings")).not.toContain("bad");
    });

    test.each([
      [
        "deb822 of the host",
        "printf 'Enabled: yes\\nTypes: deb\\nURIs: http://x.example.com\\n#c\\n http://127.0.0.1:8088/\\nSuites: third stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources",
      ],
      [
        "one line of the host",
        "echo 'deb [ arch=amd64 signed-by=/srv/other.asc ] http://127.0.0.1:8088 stable main # x' >/etc/apt/sources.list.d/own.list",
      ],
      ["one line without a key", "echo 'deb http://127.0.0.1:8088/ stable main' >/etc/apt/sources.list.d/own.list"],
    ])("whose suite has another key in %s is refused, as it would stop apt", async (_what, script) => {
      await out(`rm -f /etc/apt/sources.list.d/lab.sources; ${script}`);
      const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
      expect(ran.plan.problems.map(({ message }) => message).join()).toMatch(
        /\/own\.\w+ names http:\/\/127.*stable as well/,
      );
      // And apt says so, too.
      await out(
        "printf 'Types: deb\\nURIs: http://127.0.0.1:8088\\nSuites: stable\\nComponents: main\\nSigned-By: /etc/apt/keyrings/lab.asc\\n' >/etc/apt/sources.list.d/aaa.sources",
      );
      expect(await out("apt-cache policy 2>&1 >/dev/null || true")).toContain("Conflicting values");
      await out("rm /etc/apt/sources.list.d/own.* /etc/apt/sources.list.d/aaa.sources");
    });

    test("a source that is switched off stands in nobody's way", async () => {
      await out(
        "printf 'Enabled: no\\nTypes: deb\\nURIs: http://127.0.0.1:8088/\\nSuites: stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources; printf '# deb http://127.0.0.1:8088 stable main\\n' >/etc/apt/sources.list.d/own.list",
      );
      const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      await out("rm /etc/apt/sources.list.d/own.*");
    });

    test("two of one plan with two keys are refused", async () => {
      const other = await out("cat /srv/other.asc");
      const ran = await run("apt-repo", [
        pkg("lab-tool"),
        pkg("lab-more"),
        lab({ key }),
        aptRepository("lab2", { uris: [`${URL}/`], suites: ["stable"], key: other }),
      ]);
      expect(ran.plan.problems.map(({ message }) => message).join()).toContain("lab.sources names");
    });

    test("with a key of the machine, which _apt has to read, in place of its own", async () => {
      await out("install -m 600 /srv/lab.asc /usr/local/share/lab.asc");
      const wanted = [pkg("lab-tool"), pkg("lab-more"), lab({ keyFile: "/usr/local/share/lab.asc" })];
      expect((await run("apt-repo", wanted)).plan.problems.map(({ message }) => message).join()).toContain(
        "its mode is 600",
      );
      await out("chmod 644 /usr/local/share/lab.asc");
      expect(trouble(await run("apt-repo", wanted))).toEqual(fine);
      expect(await out("ls /etc/apt/keyrings")).toBe("");
      expect((await run("apt-repo", wanted)).changes).toEqual([]);
    });

    test("in a folder, by a path, with names that apt spells otherwise", async () => {
      await out(
        "mkdir -p '/srv/repo/a_b~c'; cp -r /srv/repo/dists/stable/main/binary-*/Packages '/srv/repo/a_b~c'; cd '/srv/repo/a_b~c'; printf 'Date: %s\\nSHA256:\\n %s %s Packages\\n' \"$(date -Ru)\" $(sha256sum <Packages | cut -d' ' -f1) $(stat -c %s Packages) >Release; GNUPGHOME=/srv/gnupg gpg --batch --quiet -u lab --clearsign -o InRelease Release",
      );
      const flat = aptRepository("flat", { uris: ["file:/srv/repo/a_b~c", `${URL}/a_b~c/`], suites: ["./"], key });
      expect(trouble(await run("apt-flat", [flat]))).toEqual(fine);
      expect((await run("apt-flat", [flat])).changes).toEqual([]);
      expect(trouble(await run("apt-flat", []))).toEqual(fine);
    });

    test("foreign ones are not touched without adopt", async () => {
      await out("echo '# mine' >/etc/apt/sources.list.d/mine.sources");
      const ran = await run("apt-mine", [aptRepository("mine", { uris: [URL], suites: ["other"], key })]);
      expect(ran.plan.problems.map(({ code }) => code)).toEqual(["FOREIGN"]);
      await out("rm /etc/apt/sources.list.d/mine.sources");
    });

    test("leaves with its key, and its packages before it", async () => {
      expect(trouble(await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]))).toEqual(fine);
      const ran = await run("apt-repo", []);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes.at(-1)).toBe("delete apt-repository:lab");
      expect(
        await out(
          "ls /etc/apt/sources.list.d /etc/apt/keyrings; dpkg-query -W lab-tool 2>&1 | grep -c '1:2.0' || true",
        ),
      ).toContain("0");
      expect(await out("find /etc/apt -name '*lab*'")).toBe("");
      expect((await run("apt-repo", [])).changes).toEqual([]);
    });
  });

  describe("packages of it", () => {
    let lab: DeclaredInput;
    const versionOf = (name: string) =>
      out(`dpkg-query -W -f '\${db:Status-Abbrev}\${Version}' ${name} 2>/dev/null || echo none`);

    test("with an epoch, held, at another version and still held, let go, and removed", async () => {
      const key = await out("cat /srv/lab.asc");
      lab = aptRepository("lab", { uris: [URL], suites: ["stable"], key });
      const at = (version: string, hold?: boolean) =>
        run("pk", [lab, pkg("lab-tool", hold === undefined ? { version } : { version, hold })]);
      expect(trouble(await at("1:1.0-1", true))).toEqual(fine);
      expect(await versionOf("lab-tool")).toBe("hi 1:1.0-1");
      expect(await out("apt-mark showhold; apt-get -qq -y upgrade >/dev/null 2>&1; dpkg-query -W lab-tool")).toContain(
        "1:1.0-1",
      );
      expect((await at("1:1.0-1", true)).changes).toEqual([]);
      expect((await at("1:1.0-1")).changes).toEqual([]);
      expect((await at("1:2.0-1")).plan.problems[0]?.message).toContain("is on hold at 1:1.0-1");
      expect(trouble(await at("1:2.0-1", true))).toEqual(fine);
      expect(await versionOf("lab-tool")).toBe("hi 1:2.0-1");
      const lifted = await at("1:2.0-1", false);
      expect(lifted.plan.hosts[0]?.changes[0]?.diff).toEqual([{ path: "hold", from: "yes", to: "no" }]);
      expect(trouble(lifted)).toEqual(fine);
      expect(await versionOf("lab-tool")).toBe("ii 1:2.0-1");
      await out("apt-mark hold lab-tool");
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
      expect(await versionOf("lab-tool")).toMatch(/^(none|un ?)$/);
    });

    test("whose configuration is left count as not there; one changed by hand stays, and that is said", async () => {
      await out(
        "for v in 1 2; do d=$(mktemp -d); mkdir $d/etc $d/DEBIAN; echo $v >$d/etc/lab.conf; echo /etc/lab.conf >$d/DEBIAN/conffiles; pack lab-conf $v '' $d; done; publish stable; apt-get -qq update",
      );
      expect(trouble(await run("pk", [lab, pkg("lab-conf", { version: "1" })]))).toEqual(fine);
      await out("echo mine >/etc/lab.conf");
      const ran = await run("pk", [lab, pkg("lab-conf", { version: "2" })]);
      expect(trouble(ran)).toEqual(fine);
      expect(await out("cat /etc/lab.conf /etc/lab.conf.dpkg-dist")).toBe("mine\n2");
      expect(JSON.stringify(ran.events)).toContain("/etc/lab.conf was changed here and stays so");
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
      expect(await versionOf("lab-conf")).toBe("rc 2");
      const again = await run("pk", [lab, pkg("lab-conf")]);
      expect(again.changes).toEqual(["create package:lab-conf"]);
      expect(trouble(again)).toEqual(fine);
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
    });

    test("that would take another away are refused, and the other stays", async () => {
      await out("pack lab-enemy 1 'Conflicts: lab-more\\n'; publish stable; apt-get -qq update");
      expect(trouble(await run("pk", [lab, pkg("lab-more")]))).toEqual(fine);
      const ran = await run("pk", [lab, pkg("lab-more"), pkg("lab-enemy")]);
      expect(JSON.stringify(ran.outcome?.failures)).toContain("remove is disabled");
      expect(await versionOf("lab-more")).toBe("ii 1");
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
    });

    test("go in after what a cut-off dpkg left is finished, which is said", async () => {
      await out("dpkg --unpack /srv/repo/pool/lab-tool_1_2.0-1.deb");
      const ran = await run("pk", [lab, pkg("lab-more")]);
      expect(ran.plan.hosts[0]?.changes[0]?.diff).toContainEqual({ path: "dpkg", from: "interrupted", to: "finished" });
      expect(trouble(ran)).toEqual(fine);
      expect(await versionOf("lab-tool")).toBe("ii 1:2.0-1");
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
      await out("dpkg --remove lab-tool");
    });

    test("wait for another dpkg, and tell whom for when they give up", async () => {
      const hold = (seconds: number) =>
        out(`rm -f /srv/held
perl -e 'use Fcntl; open(my $f, ">>", "/var/lib/dpkg/lock-frontend"); my $p = pack("s s l! l! i x![l]", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $p) or die; open(my $h, ">", "/srv/held"); close $h; $0 = "someone"; sleep ${seconds}' </dev/null >/dev/null 2>&1 &
for i in $(seq 300); do [ ! -e /srv/held ] || exit 0; sleep 0.1; done; exit 1`);
      await hold(6);
      expect(trouble(await run("pk", [lab, pkg("lab-more")]))).toEqual(fine);
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
      await hold(60);
      const stack = stackOf(world, "pk", { apthost: [lab, pkg("lab-more")] });
      await using drover = createDrover();
      const options = { signal, secrets: world.secrets };
      const plan = await drover.plan(stack, { ...options, emit: () => undefined });
      // As planned, but for the limit: nobody waits ten minutes here.
      const hosts = plan.hosts.map((one) => ({
        ...one,
        changes: one.changes.map((change) => ({
          ...change,
          steps: change.steps.map((step) => (step.kind === "wait" ? { ...step, within: 3 } : step)),
        })),
      }));
      const outcome = await drover.apply(
        stack,
        { ...plan, hosts },
        { ...options, emit: () => undefined, allowDelete: false, command: "up", only: [] },
      );
      expect(outcome.failures.map(({ message }) => message).join()).toMatch(
        /in use by something else within 3 s \(busy by=(someone|perl)\[\d+\]\)/,
      );
      await out("pkill -x someone || pkill -x perl");
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
    });

    test("are taken in the version that a pin prefers", async () => {
      const pin = (fields: { pin: string; priority: number }) => aptPin("lab", { packages: ["lab-t*"], ...fields });
      const ran = await run("pk", [lab, pkg("lab-tool"), pin({ pin: "version 1:1.*", priority: 990 })]);
      expect(trouble(ran)).toEqual(fine);
      expect(await versionOf("lab-tool")).toBe("ii 1:1.0-1");
      expect(await out("apt-cache policy lab-tool")).toMatch(/Candidate: 1:1\.0-1[\s\S]*1:1\.0-1 990/);
      expect((await run("pk", [lab, pkg("lab-tool"), pin({ pin: "version 1:1.*", priority: 990 })])).changes).toEqual(
        [],
      );
      expect(trouble(await run("pk", [lab]))).toEqual(fine);
      expect(await out("ls /etc/apt/preferences.d")).toBe("");
    });
  });

  describe("answers to what a package asks", () => {
    const key = () => out("cat /srv/lab.asc");
    const wanted = async (kind = "slow") => [
      aptRepository("lab", { uris: [URL], suites: ["stable"], key: await key() }),
      pkg("lab-ask"),
      debconf("lab-ask", { "lab-ask/kind": kind, "lab-ask/yes": true, "lab-ask/password": text`a-${secret("TOKEN")}` }),
    ];

    test("are there before it is installed, and it uses them", async () => {
      await out(`d=$(mktemp -d); mkdir $d/DEBIAN
printf 'Template: lab-ask/kind\\nType: select\\nChoices: fast, slow\\nDefault: fast\\nDescription: Kind?\\n\\nTemplate: lab-ask/yes\\nType: boolean\\nDefault: false\\nDescription: Yes?\\n\\nTemplate: lab-ask/password\\nType: password\\nDescription: Password?\\n\\nTemplate: lab-ask/other\\nType: string\\nDefault: x\\nDescription: Other?\\n' >$d/DEBIAN/templates
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\nfor q in kind yes password other; do db_input high lab-ask/$q || true; done; db_go\\n' >$d/DEBIAN/config
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\n: >/srv/asked; for q in kind yes password; do db_get lab-ask/$q; printf "%%s\\\\n" "$RET" >>/srv/asked; done\\n' >$d/DEBIAN/postinst
chmod 755 $d/DEBIAN/config $d/DEBIAN/postinst; pack lab-ask 1 '' $d; publish stable; apt-get -qq update`);
      const ran = await run("pk", await wanted());
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["create debconf:lab-ask", "create package:lab-ask"]);
      expect(await out("cat /srv/asked")).toBe(`slow\ntrue\na-${SECRET}`);
      expect(await out("debconf-show lab-ask | LC_ALL=C sort")).toBe(
        "lab-ask/other: x\n* lab-ask/kind: slow\n* lab-ask/password: (password omitted)\n* lab-ask/yes: true",
      );
      expect(JSON.stringify([ran.plan, ran.events])).not.toContain("$(secret)");
      expect(await out("grep -rlF 'a-it' /var/lib/drover /var/log /var/cache/debconf || true")).toBe(
        "/var/cache/debconf/passwords.dat",
      );
      expect(await out("stat -c %a /var/cache/debconf/passwords.dat")).toBe("600");
    });

    test("then there is nothing to do; another is set, and what it waits for is said", async () => {
      expect((await run("pk", await wanted())).changes).toEqual([]);
      await out("echo 'lab-ask lab-ask/password password changed' | debconf-set-selections");
      const ran = await run("pk", await wanted("fast"));
      expect(ran.changes).toEqual(["update debconf:lab-ask"]);
      expect(trouble(ran)).toEqual(fine);
      expect(JSON.stringify(ran.plan)).toContain("dpkg-reconfigure lab-ask");
      expect(await out("DEBIAN_FRONTEND=noninteractive dpkg-reconfigure lab-ask; cat /srv/asked")).toBe(
        `fast\ntrue\na-${SECRET}`,
      );
      expect((await run("pk", await wanted("fast"))).changes).toEqual([]);
    });

    test("a password that the package took and wiped is not given again", async () => {
      await out("echo 'RESET lab-ask/password' | debconf-communicate lab-ask");
      expect((await run("pk", await wanted("fast"))).changes).toEqual([]);
    });

    test("a password that the package wipes in the same run counts as given", async () => {
      await out(`d=$(mktemp -d); mkdir $d/DEBIAN
printf 'Template: lab-wipe/password\\nType: password\\nDescription: Password?\\n' >$d/DEBIAN/templates
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\ndb_get lab-wipe/password; printf %%s "$RET" >/srv/wiped; db_reset lab-wipe/password\\n' >$d/DEBIAN/postinst
chmod 755 $d/DEBIAN/postinst; pack lab-wipe 1 '' $d; publish stable; apt-get -qq update`);
      const both = [
        ...(await wanted("fast")),
        pkg("lab-wipe"),
        debconf("lab-wipe", { "lab-wipe/password": secret("TOKEN") }),
      ];
      expect(trouble(await run("pk", both))).toEqual(fine);
      expect(await out("cat /srv/wiped")).toBe(SECRET);
      expect((await run("pk", both)).changes).toEqual([]);
      expect(trouble(await run("pk", await wanted("fast")))).toEqual(fine);
    });

    test("leave with the package", async () => {
      const ran = await run("pk", []);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toHaveLength(3);
      expect(ran.changes[0]).toBe("delete package:lab-ask");
      expect(await out("debconf-show lab-ask")).toBe("");
      expect((await run("pk", [])).changes).toEqual([]);
    });
  });

  test("upgrades by itself, as the package understands it", async () => {
    await out("cp /srv/sources.list /etc/apt/sources.list");
    const wanted = [
      pkg("unattended-upgrades"),
      unattendedUpgrades({ reboot: "03:30", blacklist: ["lab-\\d", "linux-"], mail: "ops@example.com" }),
    ];
    const ran = await run("pk", wanted);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create package:unattended-upgrades", "create unattended-upgrades:main"]);
    const dump = await out("apt-config dump");
    const shown = dump.match(
      /^Unattended-Upgrade::(Origins-Pattern|Package-Blacklist|Automatic-Reboot-Time|Mail)(::)? ".+"/gm,
    );
    expect([...(shown ?? [])].sort()).toEqual([
      'Unattended-Upgrade::Automatic-Reboot-Time "03:30"',
      'Unattended-Upgrade::Mail "ops@example.com"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename},label=Debian-Security"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Ubuntu,archive=${distro_codename}-security"',
      'Unattended-Upgrade::Package-Blacklist:: "lab-\\d"',
      'Unattended-Upgrade::Package-Blacklist:: "linux-"',
    ]);
    expect(dump).toMatch(/^APT::Periodic::Unattended-Upgrade "1";$/m);
    const said = await out("unattended-upgrade --dry-run --debug 2>&1");
    expect(said).toContain("origin=Debian,codename=bookworm-security,label=Debian-Security");
    expect(said).not.toMatch(/label=Debian(,|\s|$)(?!-Security)/);
    expect((await run("pk", wanted)).changes).toEqual([]);
    expect(trouble(await run("pk", []))).toEqual(fine);
    expect(await out("ls /etc/apt/apt.conf.d | grep -c drover || true")).toBe("0");
  });
});
