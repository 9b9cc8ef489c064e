import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directory, file, pkg, service, user } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("resources on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);
const SECRET = 'it\'s $(secret) "text"\n';

let folder = "";
let world: World;
let systemd: Host;
let none: Host;

async function out(host: Host, script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** All that went wrong, so that a failing test says why. */
function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const fine = { problems: [], failures: [] };

describe.skipIf(missing)("resources on real hosts", () => {
  beforeAll(async () => {
    [[systemd], [none]] = (await Promise.all([
      startHosts(["cmsystemd"], { aptLists: true }),
      startHosts(["cmnone"], { aptLists: true, init: "none" }),
    ])) as [[Host], [Host]];
    folder = await mkdtemp(join(tmpdir(), "drover-resources-"));
    const config = await sshConfig([systemd, none], folder);
    world = { config, signal, secrets: (name) => (name === "TOKEN" ? SECRET : undefined) };
  }, 600_000);
  afterAll(async () => {
    await Promise.all([systemd?.[Symbol.asyncDispose](), none?.[Symbol.asyncDispose]()]);
    await rm(folder, { recursive: true, force: true });
  });

  describe("with systemd", () => {
    const site = (text: string): string => `server { listen 8080 default_server; return 200 "${text}"; }\n`;
    const web = (text: string) => [
      pkg("nginx-light"),
      user("deploy", { groups: ["adm", "www-data"], shell: "/bin/bash" }),
      directory("/srv/app", { owner: "deploy", mode: "0750" }),
      file("/srv/app/.token", {
        content: { concat: ["TOKEN=", { secret: "TOKEN" }] },
        mode: "0600",
        owner: "deploy",
      }),
      file("/srv/app/with space/it's $(x)", { content: "a\r\nb" }),
      file("/etc/nginx/conf.d/app.conf", { content: site(text) }, { needs: ["package:nginx-light"] }),
      service("nginx", { config: site(text), reload: true }, { needs: ["file:/etc/nginx/conf.d/app.conf"] }),
    ];
    const stack = (text: string) => stackOf(world, "cm-web", { cmsystemd: web(text) });
    const empty = () => stackOf(world, "cm-web", { cmsystemd: [] });

    test("from nothing to all of it in one run, whatever the package brings on the way", async () => {
      const ran = await up(world, stack("one"));
      expect(trouble(ran)).toEqual(fine);
      expect(await out(systemd, "cat /srv/app/.token")).toBe(`TOKEN=${SECRET}`.trim());
      expect(await out(systemd, "stat -c '%a %U:%G' /srv/app /srv/app/.token")).toBe(
        "750 deploy:deploy\n600 deploy:deploy",
      );
      expect(await out(systemd, "id -nG deploy")).toBe("deploy adm www-data");
      expect(await out(systemd, "od -An -c \"/srv/app/with space/it's \\$(x)\" | tr -d ' '")).toBe("a\\r\\nb");
      expect(await out(systemd, "systemctl is-enabled nginx; systemctl is-active nginx")).toBe("enabled\nactive");
      expect(JSON.stringify(ran.plan)).not.toContain("$(secret)");
      expect(JSON.stringify(ran.events)).not.toContain("$(secret)");
      expect(await out(systemd, "grep -rc 'secret) ' /var/lib/drover /var/log || true")).not.toMatch(/:[1-9]/);
    });

    test("then there is nothing to do, which one exchange tells", async () => {
      const ran = await up(world, stack("one"));
      expect(ran.changes).toEqual([]);
      expect(trouble(ran)).toEqual(fine);
    });

    test("a new configuration reloads the same process", async () => {
      const before = await out(systemd, "systemctl show -p MainPID nginx");
      const ran = await up(world, stack("two"));
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["update file:/etc/nginx/conf.d/app.conf", "update service:nginx"]);
      expect(await out(systemd, "systemctl show -p MainPID nginx")).toBe(before);
      expect(await out(systemd, "cat /etc/nginx/conf.d/app.conf")).toContain("two");
    });

    test("a restart that a run did not get to is still to do in the next", async () => {
      const part = await up(world, stack("three"), ["file:/etc/nginx/conf.d/app.conf"]);
      expect(trouble(part)).toEqual(fine);
      const rest = await up(world, stack("three"));
      expect(rest.changes).toEqual(["update service:nginx"]);
      expect((await up(world, stack("three"))).changes).toEqual([]);
    });

    test("what was changed by hand is put right, and nothing else", async () => {
      await out(systemd, "echo drift >>/etc/nginx/conf.d/app.conf; chmod 777 /srv/app; systemctl disable --now nginx");
      await out(systemd, "gpasswd -d deploy adm");
      const ran = await up(world, stack("three"));
      expect(trouble(ran)).toEqual(fine);
      expect([...ran.changes].sort()).toEqual([
        "update directory:/srv/app",
        "update file:/etc/nginx/conf.d/app.conf",
        "update service:nginx",
        "update user:deploy",
      ]);
      expect((await up(world, stack("three"))).changes).toEqual([]);
    });

    test("a link that a user put in the way is not followed", async () => {
      await out(
        systemd,
        "cd /srv/app && mv 'with space' real && ln -s /etc 'with space' && chown -h deploy 'with space'",
      );
      const ran = await up(world, stack("three"));
      expect(ran.plan.problems.map((problem) => problem.message).join()).toContain(
        "is a link that a user may have put there",
      );
      await out(systemd, "cd /srv/app && rm 'with space' && mv real 'with space'");
      expect((await up(world, stack("three"))).changes).toEqual([]);
    });

    test("what leaves the file leaves the host; what was found or is full stays", async () => {
      await out(systemd, "touch /srv/app/foreign");
      const ran = await up(world, empty());
      expect(trouble(ran)).toEqual(fine);
      expect(await out(systemd, "ls -A /srv/app")).toBe("foreign\nwith space");
      expect(await out(systemd, "getent passwd deploy || echo gone")).toBe("gone");
      // And with it what apt installed for its sake.
      const packages = await out(systemd, "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'nginx*' 'libnginx*'");
      expect(packages).not.toMatch(/ installed$/m);
      expect((await up(world, empty())).changes).toEqual([]);
    });

    test("a unit of our own: made, proven, redefined, refused when broken, removed", async () => {
      const unit = (run: string): string =>
        `[Unit]\nDescription=Try\n[Service]\nExecStart=${run}\n[Install]\nWantedBy=multi-user.target\n`;
      const tried = (run: string) => stackOf(world, "cm-unit", { cmsystemd: [service("try", { unit: unit(run) })] });
      expect(trouble(await up(world, tried("/bin/sleep 1000")))).toEqual(fine);
      expect(trouble(await up(world, tried("/bin/sleep 1001")))).toEqual(fine);
      expect(await out(systemd, "systemctl show -p ExecStart try")).toContain("1001");
      const broken = await up(world, tried("/bin/sh -c 'echo what is wrong; exit 3'"));
      expect(broken.outcome?.failures[0]?.evidence.join("\n")).toContain("what is wrong");
      expect(trouble(await up(world, stackOf(world, "cm-unit", { cmsystemd: [] })))).toEqual(fine);
      expect(
        await out(systemd, "ls /etc/systemd/system/try.service /var/lib/drover/services/try 2>&1 || true"),
      ).not.toMatch(/^\//m);
      expect((await up(world, stackOf(world, "cm-unit", { cmsystemd: [] }))).changes).toEqual([]);
    });

    test("a foreign file is refused, a masked service is unmasked in order", async () => {
      await out(systemd, "echo foreign >/etc/foreign; systemctl mask --now systemd-timesyncd 2>/dev/null || true");
      const foreign = stackOf(world, "cm-foreign", { cmsystemd: [file("/etc/foreign", { content: "ours\n" })] });
      expect((await up(world, foreign)).plan.problems[0]?.code).toBe("FOREIGN");
      expect(await out(systemd, "cat /etc/foreign")).toBe("foreign");
      await out(systemd, "systemctl mask ssh");
      const ssh = stackOf(world, "cm-foreign", { cmsystemd: [service("ssh", {})] });
      expect(trouble(await up(world, ssh))).toEqual(fine);
      expect(await out(systemd, "systemctl is-enabled ssh")).toBe("enabled");
      expect((await up(world, ssh)).changes).toEqual([]);
    });

    test("a package goes in without its services, and several in one transaction", async () => {
      const quiet = stackOf(world, "cm-quiet", {
        cmsystemd: [pkg("haproxy", { start: false }), pkg("sl"), pkg("netcat-openbsd")],
      });
      expect(trouble(await up(world, quiet))).toEqual(fine);
      expect(await out(systemd, "systemctl is-enabled haproxy || true; systemctl is-active haproxy || true")).toBe(
        "disabled\ninactive",
      );
      expect((await up(world, quiet)).changes).toEqual([]);
      expect(await out(systemd, "grep -c '^Commandline: apt-get.* sl.*netcat' /var/log/apt/history.log")).toBe("1");
    });

    test("an interrupted dpkg is finished first, and that is said", async () => {
      await out(systemd, "dpkg --unpack $(cd /tmp && apt-get download -qq hello >/dev/null 2>&1; ls /tmp/hello*.deb)");
      const ran = await up(world, stackOf(world, "cm-broken", { cmsystemd: [pkg("hello")] }));
      expect(trouble(ran)).toEqual(fine);
      expect(JSON.stringify(ran.plan)).toContain('"path":"dpkg","from":"interrupted"');
      expect(await out(systemd, "dpkg --audit; hello")).toBe("Hello, world!");
    });

    test("an installation that was cut off is finished without its services where they are not to start", async () => {
      await out(
        systemd,
        "cd /srv && apt-get download -qq cron cron-daemon-common >/dev/null 2>&1; dpkg --unpack /srv/cron*.deb; rm /srv/cron*.deb",
      );
      const quiet = stackOf(world, "cm-quiet", { cmsystemd: [pkg("cron", { start: false })] });
      const ran = await up(world, quiet);
      expect(trouble(ran)).toEqual(fine);
      expect(JSON.stringify(ran.plan)).toContain('"path":"dpkg","from":"interrupted"');
      expect(await out(systemd, "dpkg --audit; systemctl is-enabled cron; systemctl is-active cron || true")).toBe(
        "disabled\ninactive",
      );
      expect((await up(world, quiet)).changes).toEqual([]);
      expect(trouble(await up(world, stackOf(world, "cm-quiet", { cmsystemd: [] })))).toEqual(fine);
    });
  });

  describe("without an init system", () => {
    const daemon = (config: string, more: object = {}) =>
      stackOf(world, "cm-none", {
        cmnone: [service("try", { argv: ["sh", "-c", "echo began; exec sleep 1000"], config, ...more })],
      });

    test("a process is started detached, known again, restarted for a new configuration, and stopped", async () => {
      expect(trouble(await up(world, daemon("one")))).toEqual(fine);
      const first = await out(none, "pgrep -fx 'sleep 1000'");
      expect((await up(world, daemon("one"))).changes).toEqual([]);
      expect(trouble(await up(world, daemon("two")))).toEqual(fine);
      const second = await out(none, "pgrep -fx 'sleep 1000'");
      expect(second).not.toBe(first);
      await out(none, `kill -9 ${second}`);
      expect((await up(world, daemon("two"))).changes).toEqual(["update service:try"]);
      expect(trouble(await up(world, daemon("two", { running: false })))).toEqual(fine);
      expect(await out(none, "pgrep -fx 'sleep 1000' || echo none")).toBe("none");
      expect(trouble(await up(world, stackOf(world, "cm-none", { cmnone: [] })))).toEqual(fine);
      expect(await out(none, "ls /var/lib/drover/services /var/log/drover 2>/dev/null | grep try || echo none")).toBe(
        "none",
      );
    });

    test("a process that ends at once is told with its last words, and leaves nothing", async () => {
      const ran = await up(world, daemon("one", { argv: ["sh", "-c", "echo what is wrong; exit 3"] }));
      expect(ran.outcome?.failures[0]?.evidence.join("\n")).toContain("what is wrong");
      expect(await out(none, "ls /var/lib/drover/services | grep try || echo none")).toBe("none");
    });

    test("an init script is started and stopped by its own words", async () => {
      const cron = (more: object) => stackOf(world, "cm-cron", { cmnone: [pkg("cron"), service("cron", more)] });
      expect(trouble(await up(world, cron({})))).toEqual(fine);
      expect(await out(none, "service cron status >/dev/null; echo $?")).toBe("0");
      expect((await up(world, cron({}))).changes).toEqual([]);
      expect(trouble(await up(world, cron({ running: false })))).toEqual(fine);
      expect(await out(none, "pgrep -x cron || echo none")).toBe("none");
      expect((await up(world, cron({ running: false }))).changes).toEqual([]);
    });
  });
});
