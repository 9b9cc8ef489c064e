import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { authorizedKeys, type DeclaredInput, group, secret, service, sudoers, unit, user } from "../../src/index.ts";
import { run } from "../machines/command.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("accounts on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);
const HASH = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";
const OTHER = "$6$other$ZZZFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

const A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcl/gKRRp6A2VFz4JBWVIebKxTFr4XGixiOsI/SwSTb a@desk";
const B = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINaC1Ck05M2ouHbSGXl4LjaTqhOSJtdyEp03V8HLndzl b@desk";
const C = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJRpbNo8uTfEPnq2gJ1aiE5WDs08ockcBCpTX1ThGN3U c@desk";

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
const stack = (id: string, ...resources: DeclaredInput[]) => stackOf(world, id, { accounts: resources });
const field = (name: string): Promise<string> => out(`getent shadow ${name} | cut -d : -f 2`);

describe.skipIf(missing)("accounts on real hosts", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["accounts"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-accounts-"));
    const config = await sshConfig([host], folder);
    world = { config, signal, secrets: (name) => ({ HASH, OTHER, PLAIN: "hunter2-is-no-hash" })[name] };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  describe("groups and users", () => {
    const all = () => [
      group("team", { gid: 2000, members: ["ann"] }),
      group("web", { system: true }),
      user("ann", {
        uid: 2001,
        shell: "/bin/bash",
        password: { hash: secret("HASH") },
        expires: "2099-01-31",
        subids: 70_000,
        homeMode: "0700",
      }),
      user("app", { system: true, group: "web", groups: ["adm"], groupsExclusive: true, subids: 65_536 }),
      user("gone", { removeHome: true, locked: true, password: { hash: secret("HASH") } }),
    ];

    test("from nothing to all of it in one run, and the second is empty", async () => {
      const ran = await up(world, stack("ac-all", ...all()));
      expect(trouble(ran)).toEqual(fine);
      expect(await out("getent group team")).toBe("team:x:2000:ann");
      expect(await out("id -Gn app")).toBe("web adm");
      expect(await out("stat -c '%a %U:%G' /home/ann; ls -A /home/ann | grep -c bashrc")).toBe("700 ann:ann\n1");
      expect(await field("ann")).toBe(HASH);
      expect(await field("gone")).toBe(`!${HASH}`);
      expect(await out("chage -l ann | grep 'Account expires'")).toContain("Jan 31, 2099");
      expect(await out("grep -h '^ann:' /etc/subuid /etc/subgid | cut -d : -f 3")).toBe("70000\n70000");
      expect(await out("grep -h '^app:' /etc/subuid /etc/subgid | cut -d : -f 3")).toBe("65536\n65536");
      expect((await up(world, stack("ac-all", ...all()))).changes).toEqual([]);
    });

    test("the hash is nowhere that it need not be", async () => {
      expect(
        await out(
          "grep -rlF 'qFmFH.bQmmtXzyBY0s9v7' /var/lib/drover /run /tmp /var/log 2>/dev/null | grep -v shadow || echo none",
        ),
      ).toBe("none");
    });

    test("no two have the same subordinate numbers", async () => {
      const ranges = (await out("cut -d : -f 2,3 /etc/subuid | sort -t : -n"))
        .split("\n")
        .map((line) => line.split(":").map(Number));
      for (const [at, [first = 0]] of ranges.entries()) {
        const [start = 0, count = 0] = ranges[at - 1] ?? [];
        expect(first).toBeGreaterThanOrEqual(start + count);
      }
    });

    test("what was changed by hand is put right, and nothing else", async () => {
      await out(
        "gpasswd -d ann team; usermod -aG games app; chmod 755 /home/ann; chage -E -1 ann; usermod -s /bin/sh ann",
      );
      await out(
        `echo 'ann:${OTHER}' | chpasswd -e; usermod -U gone; sed -i '/^ann:/d' /etc/subgid; groupmod -g 2500 team`,
      );
      const ran = await up(world, stack("ac-all", ...all()));
      expect(trouble(ran)).toEqual(fine);
      expect([...ran.changes].sort()).toEqual([
        "update group:team",
        "update user:ann",
        "update user:app",
        "update user:gone",
      ]);
      expect(await out("id -Gn app; getent group team; stat -c %a /home/ann; getent passwd ann | cut -d : -f 7")).toBe(
        "web adm\nteam:x:2000:ann\n700\n/bin/bash",
      );
      expect([await field("ann"), await field("gone")]).toEqual([HASH, `!${HASH}`]);
      expect((await up(world, stack("ac-all", ...all()))).changes).toEqual([]);
    });

    test("each state of a password leads to others", async () => {
      const [hash, other] = [{ hash: secret("HASH") }, { hash: secret("OTHER") }];
      const ways = [
        ["open", { password: "none" }, "", { password: "locked" }, "!"],
        ["shut", { password: "locked" }, "!", { password: other }, OTHER],
        ["lock", { password: other }, OTHER, { locked: true }, `!${OTHER}`],
        ["swap", { password: other, locked: true }, `!${OTHER}`, { password: hash }, `!${HASH}`],
        ["free", { password: hash, locked: true }, `!${HASH}`, { locked: false }, HASH],
        ["drop", { password: hash }, HASH, { password: "locked" }, "!"],
        ["bare", { password: hash }, HASH, { password: "none" }, ""],
      ] as const;
      const kiosk = user("kiosk", { password: "locked" });
      const first = stack("ac-states", kiosk, ...ways.map(([name, fields]) => user(name, fields)));
      expect(trouble(await up(world, first))).toEqual(fine);
      for (const [name, , wanted] of ways) expect(await field(name), name).toBe(wanted);
      await out("usermod -p '*' kiosk");
      const second = stack("ac-states", kiosk, ...ways.map(([name, , , fields]) => user(name, fields)));
      const ran = await up(world, second);
      expect(trouble(ran)).toEqual(fine);
      expect([...ran.changes].sort()).toEqual(ways.map(([name]) => `update user:${name}`).sort());
      for (const [name, , , , wanted] of ways) expect(await field(name), name).toBe(wanted);
      expect((await up(world, second)).changes).toEqual([]);
      const unlock = await up(world, stack("ac-states", user("kiosk", { locked: false })));
      expect(unlock.plan.problems[0]?.message).toContain("it would open to anybody");
    });

    test("a password given in place of its hash is not stored", async () => {
      const ran = await up(world, stack("ac-states", user("kiosk", { password: { hash: secret("PLAIN") } })));
      expect(ran.outcome?.failures[0]?.message).toContain("is none: make one with mkpasswd");
      expect(JSON.stringify([ran.outcome, ran.events])).not.toContain("hunter2");
      expect(await field("kiosk")).toBe("*");
    });

    test("numbers that are taken, users that are busy and homes that are links are refused", async () => {
      const taken = await up(world, stack("ac-no", user("two", { uid: 2001 }), group("three", { gid: 2000 })));
      expect(taken.plan.problems.map((problem) => problem.message).sort()).toEqual([
        "group:three is to have the number 2000, and team has it already",
        "user:two is to have the number 2001, and ann has it already",
      ]);
      await out("setsid -f runuser -u kiosk -- sleep 1000");
      const busy = await up(world, stack("ac-no", user("kiosk", { uid: 3000 })));
      expect(busy.plan.problems[0]?.message).toMatch(/is in use by \d+ \(sleep\), and its uid is to change/);
      await out("pkill -u kiosk; sleep 1; mv /home/kiosk /home/real && ln -s /etc /home/kiosk");
      const link = await up(world, stack("ac-no", user("kiosk", { homeMode: "0700" })));
      expect(link.plan.problems[0]?.message).toContain("is a link or a file, not a folder");
      await out("rm /home/kiosk && mv /home/real /home/kiosk");
    });

    test("what leaves the file goes: homes only where that was said, and then only as a loss of data", async () => {
      await out("touch /home/gone/mine /home/ann/mine; setsid -f runuser -u ann -- sleep 1000");
      const rest = all().filter((one) => one.name !== "ann" && one.name !== "team");
      const busy = await up(world, stack("ac-all", ...rest));
      expect(busy.plan.problems[0]?.message).toMatch(/user:ann is in use by \d+ \(sleep\): end that/);
      await out("pkill -u ann; sleep 1");
      expect(trouble(await up(world, stack("ac-all", ...rest)))).toEqual(fine);
      expect(await out("ls /home/ann; getent passwd ann || echo gone; getent group team || echo gone")).toBe(
        "mine\ngone\ngone",
      );
      const without = stack("ac-all", ...rest.filter((one) => one.name !== "gone"));
      await expect(up(world, without)).rejects.toMatchObject({
        code: "NEEDS_CONSENT",
        evidence: ["accounts/user:gone: the home /home/gone of gone, with all that is in it, and its mail"],
      });
      expect(await out("ls /home/gone")).toBe("mine");
      await using drover = createDrover();
      const options = { signal, secrets: world.secrets, emit: () => {} };
      const plan = await drover.plan(without, options);
      const outcome = await drover.apply(without, plan, { ...options, allowDelete: true, command: "up" });
      expect(outcome.failures).toEqual([]);
      expect(
        await out("getent passwd gone || echo gone; ls -d /home/gone /var/lib/drover/users/* 2>/dev/null || echo none"),
      ).toBe("gone\nnone");
      expect((await up(world, without)).changes).toEqual([]);
    });
  });

  describe("authorized keys", () => {
    const keys = (lines: string[], more: object = {}) => authorizedKeys("key", { keys: lines, ...more });
    const ours = (...more: DeclaredInput[]) => stack("ac-keys", user("key", { shell: "/bin/bash" }), ...more);
    const seen = (): Promise<string> => out("cat /home/key/.ssh/authorized_keys");
    const begin = "# drover ac-keys/test: begin";
    const end = "# drover ac-keys/test: end";

    test("a user and its keys in one run; the keys open it", async () => {
      const mine = await out("cat /root/.ssh/authorized_keys");
      const ran = await up(world, ours(keys([A, mine])));
      expect(trouble(ran)).toEqual(fine);
      expect(await out("stat -c '%a %U:%G' /home/key/.ssh /home/key/.ssh/authorized_keys; ls -A /home/key/.ssh")).toBe(
        "700 key:key\n600 key:key\nauthorized_keys",
      );
      expect(await seen()).toBe([begin, A, mine, end].join("\n"));
      const { code, stdout } = await run(["ssh", "-F", world.config, "-l", "key", "accounts", "id -un"], { signal });
      expect({ code, stdout }).toEqual({ code: 0, stdout: "key\n" });
      expect((await up(world, ours(keys([A, mine])))).changes).toEqual([]);
    });

    test("keys of others stay, by whatever name, and what is open is closed", async () => {
      await out(
        `printf '%s\\n' 'from="10.0.0.0/8" ${B} of others' >>/home/key/.ssh/authorized_keys; chmod 666 /home/key/.ssh/authorized_keys; chmod 777 /home/key/.ssh`,
      );
      expect(trouble(await up(world, ours(keys([A, B]))))).toEqual(fine);
      expect(await seen()).toBe([begin, A, end, `from="10.0.0.0/8" ${B} of others`].join("\n"));
      expect(await out("stat -c %a /home/key/.ssh /home/key/.ssh/authorized_keys")).toBe("755\n600");
      expect((await up(world, ours(keys([A, B])))).changes).toEqual([]);
    });

    test("on wish there are no others; the bytes before are kept on the host", async () => {
      const before = await out("sha256sum </home/key/.ssh/authorized_keys | cut -c 1-64");
      const ran = await up(world, ours(keys([C], { exclusive: true })));
      expect(trouble(ran)).toEqual(fine);
      expect(await seen()).toBe([begin, C, end].join("\n"));
      expect(await out(`stat -c '%a %U' /var/lib/drover/blobs/${before}`)).toBe("600 root");
      expect(trouble(await up(world, ours(authorizedKeys("key", { sha256: before }))))).toEqual(fine);
      expect(await out("sha256sum </home/key/.ssh/authorized_keys | cut -c 1-64")).toBe(before);
      expect(trouble(await up(world, ours(keys([C]))))).toEqual(fine);
    });

    test("links that the user put in the way are not followed", async () => {
      await out("cd /home/key && cp /etc/shadow /tmp/before && mv .ssh real && runuser -u key -- ln -s /etc .ssh");
      const folder = await up(world, ours(keys([A])));
      expect(folder.plan.problems[0]?.message).toContain("is a link that a user may have put there");
      await out(
        "cd /home/key && rm .ssh && mv real .ssh && cd .ssh && mv authorized_keys real && runuser -u key -- ln -s /etc/shadow authorized_keys",
      );
      const file = await up(world, ours(keys([A])));
      expect(file.plan.problems[0]?.message).toContain("authorized_keys is a symbolic link");
      await out(
        "cmp /etc/shadow /tmp/before; cd /home/key/.ssh && rm authorized_keys && mv real authorized_keys; rm /tmp/before",
      );
    });

    test("where sshd would read none, that is said", async () => {
      await out("chmod 777 /home/key");
      const open = await up(world, ours(keys([A])));
      expect(open.plan.problems[0]?.message).toContain("sshd would not read them, because the home is open to others");
      const closed = stack("ac-keys", user("key", { shell: "/bin/bash", homeMode: "0755" }), keys([A]));
      expect(trouble(await up(world, closed))).toEqual(fine);
      expect(await out("stat -c %a /home/key")).toBe("755");
    });

    test("what leaves the file goes, also where the file was there before", async () => {
      expect(trouble(await up(world, ours()))).toEqual(fine);
      expect(await seen()).toBe(`from="10.0.0.0/8" ${B} of others`);
      expect((await up(world, ours())).changes).toEqual([]);
      const roots = (...more: DeclaredInput[]) => stack("ac-root", ...more);
      const before = await out("cat /root/.ssh/authorized_keys");
      expect(trouble(await up(world, roots(authorizedKeys("root", { keys: [A] }))))).toEqual(fine);
      const ran = await up(world, roots());
      expect({ ...(trouble(ran) as object), changes: ran.changes }).toEqual({
        ...fine,
        changes: ["delete authorized-keys:root"],
      });
      expect(await out("cat /root/.ssh/authorized_keys")).toBe(before);
    });
  });

  describe("sudoers", () => {
    const rules = (commands: string | string[]) =>
      sudoers("kiosk", { rules: [{ who: ["kiosk", "%web"], commands, nopasswd: true }] });

    test("a rule holds, and is put right by itself", async () => {
      const mine = (one: DeclaredInput) => stack("ac-sudo", user("kiosk"), one);
      expect(trouble(await up(world, mine(rules(["/usr/bin/id -u", "/bin/echo \\*a\\,b,c=d:e"]))))).toEqual(fine);
      expect(await out("stat -c '%a %U:%G' /etc/sudoers.d/kiosk; visudo -cf /etc/sudoers >/dev/null; echo $?")).toBe(
        "440 root:root\n0",
      );
      expect(await out("runuser -u kiosk -- sudo -n /usr/bin/id -u")).toBe("0");
      expect(await out("runuser -u kiosk -- sudo -n /bin/echo '*a,b,c=d:e'")).toBe("*a,b,c=d:e");
      expect(await out("runuser -u kiosk -- sudo -n /usr/bin/id 2>&1 || true")).toContain("a password is required");
      await out("chmod 644 /etc/sudoers.d/kiosk; echo '# more' >>/etc/sudoers.d/kiosk");
      const ran = await up(world, mine(rules("/usr/bin/id -u")));
      expect(ran.changes).toEqual(["update sudoers:kiosk"]);
      expect((await up(world, mine(rules("/usr/bin/id -u")))).changes).toEqual([]);
    });

    test("all kinds of rules are what sudo reads", async () => {
      const all = sudoers("all", {
        rules: [
          {
            who: ["kiosk", "#1000"],
            hosts: ["accounts", "2001:db8::1"],
            as: { users: "daemon", groups: ["adm", "web"] },
            commands: "ALL",
            tags: ["NOEXEC", "SETENV"],
          },
          { who: "kiosk", as: { groups: "adm" }, commands: ["sudoedit /etc/app.conf", "!/bin/su"], nopasswd: false },
        ],
      });
      expect(trouble(await up(world, stack("ac-sudo-all", user("kiosk"), all)))).toEqual(fine);
      const listed = await out("sudo -l -U kiosk");
      expect(listed).toMatch(/\(daemon : adm, web\)\s+(NOEXEC: SETENV|SETENV: NOEXEC): ALL/);
      expect(listed).toMatch(/: adm\)\s+PASSWD: sudoedit \/etc\/app\.conf, !\/bin\/su/);
      expect(trouble(await up(world, stack("ac-sudo-all")))).toEqual(fine);
      expect(await out("ls /etc/sudoers.d/all 2>&1 || true")).toContain("No such file");
    });

    test("what visudo refuses never takes its place", async () => {
      const before = await out("cat /etc/sudoers.d/kiosk");
      const broken = await up(
        world,
        stack("ac-sudo", user("kiosk"), sudoers("kiosk", { text: "kiosk ALL = (ALL NOPASSWD ALL" })),
      );
      expect(broken.outcome?.failures[0]?.message).toContain("does not accept");
      expect(await out("cat /etc/sudoers.d/kiosk; ls -A /etc/sudoers.d | grep -c drover || true")).toBe(`${before}\n0`);
      expect(await out("runuser -u ops -- sudo -n id -u")).toBe("0");
    });
  });

  describe("a user as whom a service runs", () => {
    const running = (name: string): DeclaredInput[] => [
      user(name),
      unit("runs.service", {
        Service: { ExecStart: "/bin/sleep 3600", User: name },
        Install: { WantedBy: "multi-user.target" },
      }),
      service("runs"),
    ];

    test("leaves in the run that gives its service to another one", async () => {
      expect(trouble(await up(world, stack("ac-run", ...running("first"))))).toEqual(fine);
      expect(await out("ps -o user= -p $(systemctl show -p MainPID --value runs)")).toBe("first");
      const ran = await up(world, stack("ac-run", ...running("second")));
      expect(trouble(ran)).toEqual(fine);
      expect(
        await out("ps -o user= -p $(systemctl show -p MainPID --value runs); id -u first 2>/dev/null || echo none"),
      ).toBe("second\nnone");
      expect((await up(world, stack("ac-run", ...running("second")))).changes).toEqual([]);
    });

    test("leaves in the run that takes its service out", async () => {
      const ran = await up(world, stack("ac-run"));
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes.toSorted()).toEqual(["delete service:runs", "delete unit:runs.service", "delete user:second"]);
      expect(await out("id -u second 2>/dev/null || echo none")).toBe("none");
    });

    test("stays when somebody else's process is in the way: it is told, and nothing else is undone", async () => {
      expect(trouble(await up(world, stack("ac-run", ...running("third"))))).toEqual(fine);
      await out("runuser -u third -- setsid -f sleep 3599 >/dev/null 2>&1 </dev/null");
      const ran = await up(world, stack("ac-run"));
      expect(ran.outcome?.failures).toMatchObject([{ id: "user:third", code: "STEP_FAILED" }]);
      expect(ran.outcome?.failures[0]?.evidence.join("\n")).toContain("third is currently used by process");
      await out("pkill -u third; while pgrep -u third >/dev/null; do sleep 0.1; done");
      expect(trouble(await up(world, stack("ac-run")))).toEqual(fine);
      expect(await out("id -u third 2>/dev/null || echo none")).toBe("none");
    });
  });
});
