import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  absent,
  authorizedKeys,
  block,
  command,
  cron,
  type DeclaredInput,
  directory,
  dropIn,
  environmentVariables,
  file,
  group,
  hostsEntry,
  limits,
  line,
  link,
  logrotate,
  pkg,
  secret,
  service,
  sudoers,
  sysctl,
  timer,
  timezone,
  unit,
  user,
} from "../../src/index.ts";
import { type HostOptions, opsPassword, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("the families of resource types on other systems", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN5H1iCmHkQ4gzLT4SXqWnWTqfbqNQQ1cNMNJYqmnS5a ann@laptop";

/** Each system, and who comes in. */
const SYSTEMS: ReadonlyArray<readonly [string, HostOptions, string]> = [
  ["Debian 13", { release: "trixie" }, "root"],
  ["Debian 13, sudo without a password", { release: "trixie" }, "ops"],
  ["bash as sh, sudo with a password", { shell: "bash" }, "opspw"],
  ["busybox as sh", { shell: "busybox" }, "root"],
  ["sysvinit", { init: "sysv" }, "root"],
  ["sysvinit, sudo without a password", { init: "sysv" }, "ops"],
  ["no init system", { init: "none" }, "root"],
];

/** What only systemd runs. */
function ofSystemd(word: string): DeclaredInput[] {
  return [
    unit("matrix.service", {
      Service: { ExecStart: "/bin/sleep infinity" },
      Install: { WantedBy: "multi-user.target" },
    }),
    dropIn("matrix.service", "10-word", { Service: { Environment: `WORD=${word}` } }),
    service("matrix", {}),
    timer("tick", { run: ["/bin/true"], calendar: "daily" }),
  ];
}

/** Something of every family, in one of two versions. */
function everything(word: string, init: string): DeclaredInput[] {
  return [
    pkg("cron"),
    pkg("logrotate"),
    pkg("sudo"),
    group("crew"),
    user("ann", { groups: ["crew"], comment: word, shell: "/bin/sh" }),
    authorizedKeys("ann", { keys: [KEY] }),
    sudoers("crew", { text: `%crew ALL=(root) NOPASSWD: /usr/bin/id ${word}\n` }),
    directory("/srv/m", { owner: "ann", mode: "0750" }),
    file("/srv/m/secret", { content: secret("TOKEN"), mode: "0600", owner: "ann" }),
    file("/srv/m/file", { content: `it's ${word} $(x)\n` }),
    link("/srv/m/link", { to: `file-${word}` }),
    line("/etc/login.defs", "retries", {
      line: `LOGIN_RETRIES\t\t${word === "one" ? "3" : "4"}`,
      match: "^LOGIN_RETRIES",
    }),
    line("/etc/login.defs", "umask", { line: `UMASK\t\t02${word === "one" ? "2" : "7"}`, match: "^UMASK" }),
    block("/etc/profile", "word", { content: `WORD=${word}` }),
    absent("/srv/m/stray"),
    cron("job", { schedule: "1 2 * * *", user: "ann", command: `/usr/bin/echo ${word}` }),
    logrotate("m", { paths: ["/var/log/m.log"], keep: word === "one" ? 3 : 4 }),
    limits("crew", { domain: "@crew", soft: { nofile: word === "one" ? 1000 : 2000 } }),
    ...environmentVariables({ WORD: word }),
    sysctl("net.core.somaxconn", word === "one" ? 4096 : 4097),
    hostsEntry("192.0.2.7", [`${word}.example.com`]),
    timezone(word === "one" ? "Europe/Berlin" : "UTC"),
    command(
      "touch",
      { run: ["touch", `/srv/m/${word}`], check: ["test", "-e", `/srv/m/${word}`] },
      { needs: ["directory:/srv/m"] },
    ),
    ...(init === "systemd" ? ofSystemd(word) : []),
    ...(init === "none" ? [] : [service("cron", { enabled: word === "one", follows: ["file:/srv/m/file"] })]),
  ];
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

describe.skipIf(missing)("the families on other systems", () => {
  test.each(SYSTEMS)("%s: comes, changes, stays as it is, and goes", async (_name, options, login) => {
    await using stack = new AsyncDisposableStack();
    const hosts = await startHosts(["matrix"], { ...options, aptLists: true });
    for (const host of hosts) stack.use(host);
    const [host] = hosts;
    if (host === undefined) throw new Error("no host");
    const folder = await mkdtemp(join(tmpdir(), "drover-matrix-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const secrets = (name: string) => ({ TOKEN: "t0p $(secret)", SUDO: opsPassword })[name];
    const sudo = login === "opspw" ? { sudo: { password: { secret: "SUDO" } } } : {};
    const world: World = { config: await sshConfig(hosts, folder), signal, secrets, ...sudo };
    const of = (...resources: DeclaredInput[]) => stackOf(world, "cm-matrix", { matrix: resources }, login);
    const { init = "systemd" } = options;

    if (init !== "systemd") {
      const [matrix, word, , tick] = ofSystemd("one");
      const own = service("own", { unit: "[Service]\nExecStart=/bin/sleep 9\n" });
      for (const resource of [matrix, word, tick, own, service("own", { masked: true })]) {
        if (resource === undefined) throw new Error("no resource");
        const { plan } = await up(world, of(file("/srv/refused", { content: "" }), resource));
        expect(plan.problems).toMatchObject([
          { code: "CONFLICT", machine: "matrix", hint: expect.stringMatching(/service\(|cron\(|argv|neither/) },
        ]);
        expect(plan.problems[0]?.message).toMatch(/^\S+ ?.*systemd.*on this machine/);
      }
      expect((await host.sh("ls /srv; ls /var/lib/drover/journal")).stdout).toBe("");
    }

    for (const word of ["one", "two"]) {
      const ran = await up(world, of(...everything(word, init)));
      expect(trouble(ran)).toEqual({ problems: [], failures: [] });
      expect(ran.changes.length).toBeGreaterThan(10);
      expect((await up(world, of(...everything(word, init)))).changes).toEqual([]);
      const seen = await host.sh(
        `cat /srv/m/file /etc/cron.d/job /srv/m/secret; readlink /srv/m/link; id -Gn ann; cat /etc/environment`,
      );
      expect(seen.stdout).toContain(`it's ${word} $(x)`);
      expect(seen.stdout).toContain(`/usr/bin/echo ${word}`);
      expect(seen.stdout).toContain("t0p $(secret)");
      expect(seen.stdout).toContain(`file-${word}`);
      expect(seen.stdout).toContain("crew");
      if (init === "systemd") {
        const running = await host.sh(
          "systemctl show -p Environment,ActiveState matrix; systemctl is-active tick.timer",
        );
        expect(running.stdout).toContain(`WORD=${word}`);
        expect(running.stdout).toContain("ActiveState=active");
      }
    }
    const gone = await up(world, of());
    expect(trouble(gone)).toEqual({ problems: [], failures: [] });
    expect((await up(world, of())).changes).toEqual([]);
    expect(
      (await host.sh("ls -d /srv/m/file /etc/cron.d/job /etc/sudoers.d/crew 2>/dev/null; getent passwd ann")).stdout,
    ).toBe("");
  });
});
